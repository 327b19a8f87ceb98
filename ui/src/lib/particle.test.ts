import { expect, test } from 'vitest';

import { withParticle } from './particle';

test.each([
  ['이/가', '세탁기|가 에어컨|이 오븐|이 거실|이 사이렌|이'],
  ['을/를', '스타일러|를 에어컨|을'],
  ['은/는', '정수기|는 도어락|은'],
  ['과/와', '세탁기|와 오븐|과'],
  ['으로/로', '거실|로 안방|으로 세탁기|로 TV1|로 TV3|으로'],
  ['이/가', '0|이 1|이 2|가 3|이 4|가 5|가 6|이 7|이 8|이 9|가 10|이'],
  ['이/가', 'Washer|가 WASHER|가 Fridge|가 Oven|이 Room|이 Machine|이 Home|이 Robot|이 Stick|이'],
  ['이/가', 'Wall|이 Ceiling|이 Plug|가 Lamp|가 LG|가 TV|가 AC|가 PM|이 XL|이 식기세척기A|가'],
  ['이/가', '세탁기(거실)|가 에어컨!|이 세탁기🧺|가 “오븐”|이 (거실)|이'],
  ['이/가', '\u1109\u1166\u1110\u1161\u11a8|이 \u1100\u1175|가'],
  ['이/가', '洗濯機|이(가) 🧺|이(가) Heat|이(가) стиралка|이(가) |이(가)'],
  ['을/를', '洗濯機|을(를)'],
  ['으로/로', '洗濯機|(으)로'],
  ['도', '세탁기|도'],
])('the form of %s follows the sound: %s', (pair, cases) => {
  for (const each of cases.split(' ')) {
    const [name = '', particle = ''] = each.split('|');

    expect(withParticle(name, pair)).toBe(name + particle);
  }
});
