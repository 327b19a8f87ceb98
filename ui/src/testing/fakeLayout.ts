// A layout for jsdom, which has none, so that virtual lists know how much of them is in sight.

const WIDTH = 800;
/** Of whatever is not a list. */
const ROW_HEIGHT = 64;
/** High enough for every row of most tests. */
const ALL = 100_000;

/** Of lists; a test of what lies out of sight makes it small. */
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
    // Nothing is kept.
  }

  disconnect(): void {
    // Nothing is kept.
  }
}

/** jsdom scrolls nothing by itself. */
function scrollTo(this: Element, options?: ScrollToOptions | number): void {
  if (typeof options !== 'object') return;
  this.scrollTop = options.top ?? this.scrollTop;
  this.dispatchEvent(new Event('scroll'));
}

function scrollBy(this: Element, options?: ScrollToOptions | number): void {
  if (typeof options === 'object') this.scrollTo({ top: this.scrollTop + (options.top ?? 0) });
}

function scrollIntoView(): void {
  // Everything is in sight.
}

globalThis.ResizeObserver = FakeResizeObserver;
Object.assign(Element.prototype, { scrollTo, scrollBy, scrollIntoView });
Object.defineProperty(HTMLElement.prototype, 'offsetParent', {
  get(this: HTMLElement) {
    return this.parentElement;
  },
});
