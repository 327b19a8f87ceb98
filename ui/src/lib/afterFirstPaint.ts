// Loads parts of the page after the first paint, which they would delay.

let shown: Promise<void> = Promise.resolve();

/** Makes {@link afterFirstPaint} wait until the returned function is called. */
export function holdBack(): () => void {
  let release: () => void = () => undefined;
  shown = new Promise((resolve) => (release = resolve));
  return release;
}

/** Loads a module of the page after the first paint. */
export async function afterFirstPaint<File>(read: () => Promise<File>): Promise<File> {
  await shown;
  return read();
}

/** Resolves when the page has been painted, or after a time limit when it is not visible. */
export function drawn(): Promise<void> {
  return new Promise((resolve) => {
    // The second frame begins once the first one is on the screen; a hidden page has no frames.
    requestAnimationFrame(() => requestAnimationFrame(() => resolve()));
    setTimeout(resolve, 500);
  });
}
