// The texts of one language, a file of their own in the bundle: a page speaks one at a time.

const files = import.meta.glob<string>('$catalogue/ko/*.ftl', {
  query: '?raw',
  import: 'default',
  eager: true,
});

export default Object.values(files);
