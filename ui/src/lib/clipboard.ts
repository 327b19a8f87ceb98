// Copies text to the clipboard using the browser engine only.

/** Returns whether it succeeded. Some engines refuse; the caller then offers manual copying. */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
