// Text on the clipboard, without asking anybody but the page's own browser engine.

/** Whether it worked. Some engines refuse; then the caller offers the text to be copied by hand. */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
