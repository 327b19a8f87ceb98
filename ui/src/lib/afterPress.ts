// Delays changes of the layout while a button of the mouse is pressed: what is pressed must still be
// there when it is released, or the click is lost.

let isPressed = false;

addEventListener('pointerdown', () => (isPressed = true), true);
for (const end of ['pointerup', 'pointercancel']) {
  addEventListener(end, () => (isPressed = false), true);
}

/** Runs at once, or after the click that ends the press. */
export function afterPress(run: () => void): void {
  if (!isPressed) {
    run();
    return;
  }
  const end = new AbortController();
  const finish = () => {
    end.abort();
    setTimeout(run);
  };
  addEventListener('pointerup', finish, { signal: end.signal });
  addEventListener('pointercancel', finish, { signal: end.signal });
}
