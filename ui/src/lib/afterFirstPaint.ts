// What may wait until the first picture is on the screen: reading it sooner would hold the picture up.

let shown: Promise<void> = Promise.resolve();

/** From now on {@link later} waits, until the function that is returned was called. */
export function holdBack(): () => void {
  let release: () => void = () => undefined;
  shown = new Promise((resolve) => (release = resolve));
  return release;
}

/** Reads a file of the page after the first picture. */
export async function later<File>(read: () => Promise<File>): Promise<File> {
  await shown;
  return read();
}

/** Resolves when the page has been drawn, or when nobody sees it. */
export function drawn(): Promise<void> {
  return new Promise((resolve) => {
    // The second one begins when the first one is on the screen; a page that is not seen has none.
    requestAnimationFrame(() => requestAnimationFrame(() => resolve()));
    setTimeout(resolve, 500);
  });
}
