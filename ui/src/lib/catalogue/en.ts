// Texts of one language, bundled separately: a page uses one language at a time.

import type { FluentResource } from '@fluent/bundle';

const bodies = import.meta.glob<FluentResource['body']>('$catalogue/en/*.ftl', {
  import: 'default',
  eager: true,
});

export default Object.values(bodies);
