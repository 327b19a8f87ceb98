import { expect, test } from 'vitest';

import { pretty, visible } from './raw';

test('JSON is set on several lines', () => {
  expect(pretty('{"a":[1,{"b":"x, y: {z}"}],"c":{},"d":[]}')).toBe(
    '{\n  "a": [\n    1,\n    {\n      "b": "x, y: {z}"\n    }\n  ],\n  "c": {},\n  "d": []\n}',
  );
});

test('numbers beyond what JavaScript can hold and doubled keys stay as LG sent them', () => {
  const raw = '{"n":12345678901234567890.10,"n":1e400,"s":"a\\"b\\\\"}';

  expect(pretty(raw).replace(/\s/gu, '')).toBe(raw);
});

test.each(['', 'plain words', '{"cut":', '{"a":1}{"b":2}', '"x', '{'.repeat(50)])(
  'what is not JSON stays as it is: %j',
  (raw) => {
    expect(pretty(raw)).toBe(raw);
  },
);

test('very deep JSON is not indented', () => {
  const raw = '['.repeat(2_000) + ']'.repeat(2_000);

  expect(pretty(raw)).toBe(raw);
});

test('characters that hide or turn round others are shown by their number', () => {
  expect(visible('a\u202eb\u0000c\u200bd\ud800e\nf세탁기🧺')).toBe(
    'a\\u202eb\\u0000c\\u200bd\\ud800e\nf세탁기🧺',
  );
});
