// A layout for jsdom, which has none, so that virtual lists can compute their visible range.

const WIDTH = 800;
/** Height of elements other than lists. */
const ROW_HEIGHT = 64;
/** High enough for every row of most tests. */
const ALL = 100_000;

/** Height of lists; small in tests of rows out of view. */
export const viewport = { height: ALL };

export function resetViewport(): void {
  viewport.height = ALL;
}

class FakeResizeObserver implements ResizeObserver {
  readonly #callback: ResizeObserverCallback;

  constructor(callback: ResizeObserverCallback) {
    this.#callback = callback;
  }

  observe(target: Element): void {
    const height = target.getAttribute('role') === 'list' ? viewport.height : ROW_HEIGHT;
    const contentRect = { width: WIDTH, height };
    const entry = { target, contentRect } as unknown as ResizeObserverEntry;
    queueMicrotask(() => this.#callback([entry], this));
  }

  unobserve(): void {
    // No state.
  }

  disconnect(): void {
    // No state.
  }
}

/** jsdom does not implement scrolling. */
function scrollTo(this: Element, options?: ScrollToOptions | number): void {
  if (typeof options !== 'object') return;
  this.scrollTop = options.top ?? this.scrollTop;
  this.dispatchEvent(new Event('scroll'));
}

function scrollBy(this: Element, options?: ScrollToOptions | number): void {
  if (typeof options === 'object') this.scrollTo({ top: this.scrollTop + (options.top ?? 0) });
}

function scrollIntoView(): void {
  // Everything is visible.
}

globalThis.ResizeObserver = FakeResizeObserver;
Object.assign(Element.prototype, { scrollTo, scrollBy, scrollIntoView });
Object.defineProperty(HTMLElement.prototype, 'offsetParent', {
  get(this: HTMLElement) {
    return this.parentElement;
  },
});
