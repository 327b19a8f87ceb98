// The texts of one language, a file of their own in the bundle: a page speaks one at a time.

import type { FluentResource } from '@fluent/bundle';

const bodies = import.meta.glob<FluentResource['body']>('$catalogue/ko/*.ftl', {
  import: 'default',
  eager: true,
});

export default Object.values(bodies);
