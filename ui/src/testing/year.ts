// A reproducible year of events in a household, newest first.

import type { Category } from '$lib/contract/Category';
import type { EventDetails } from '$lib/contract/EventDetails';
import type { HistoryEvent } from '$lib/contract/HistoryEvent';
import type { Severity } from '$lib/contract/Severity';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const UNREAD_MS = 8 * 3_600_000;

interface Appliance {
  id: string;
  /** In English and Korean; some have a custom name, some have none. */
  names: readonly [string, string];
  type: string;
}

/** Frequency of an event: times per day, around these hours. */
interface Habit {
  appliance: Appliance;
  code: string;
  category: Category;
  severity: Severity;
  aDay: number;
  hours: readonly number[];
}

const appliance = (id: string, type: string, english: string, korean = english): Appliance => ({
  id,
  names: [english, korean],
  type,
});
const WASHER = appliance('washer-1', 'DEVICE_WASHER', 'Washer', '세탁기');
const DRYER = appliance('dryer-1', 'DEVICE_DRYER', 'Dryer', '건조기');
const FRIDGE = appliance('fridge-1', 'DEVICE_REFRIGERATOR', 'Fridge', '주방 냉장고');
const DISHES = appliance('dishes-1', 'DEVICE_DISH_WASHER', 'Dishwasher', '식기세척기');
const OVEN = appliance('oven-1', 'DEVICE_OVEN', 'Kitchen oven', '부엌 오븐');
const ROBOT = appliance('robot-1', 'DEVICE_ROBOT_CLEANER', 'Dusty');
const AIR = appliance('air-1', 'DEVICE_AIR_PURIFIER', '');
const COOLER = appliance('cooler-1', 'DEVICE_AIR_CONDITIONER', 'Living room', '거실 에어컨');
const SMOKE = appliance('smoke-1', 'DEVICE_HEJ_FIRE_SENSOR', 'Kitchen', '주방');

const habit = (
  of: Appliance,
  code: string,
  category: Category,
  severity: Severity,
  aDay: number,
  ...hours: number[]
): Habit => ({ appliance: of, code, category, severity, aDay, hours });

const HABITS: readonly Habit[] = [
  habit(WASHER, 'WASHING_IS_COMPLETE', 'finished', 'info', 0.8, 9, 10, 20),
  habit(WASHER, 'ERROR_DURING_WASHING', 'failed', 'error', 0.02, 10),
  habit(DRYER, 'DRYING_IS_COMPLETE', 'finished', 'info', 0.6, 12, 13, 22),
  habit(DISHES, 'CLEANING_IS_COMPLETE', 'finished', 'info', 0.9, 14, 21, 22),
  habit(DISHES, 'RINSE_IS_NOT_ENOUGH', 'maintenance', 'attention', 0.03, 21),
  habit(FRIDGE, 'DOOR_IS_OPEN', 'reminder', 'attention', 0.7, 7, 12, 18, 19),
  habit(FRIDGE, 'TIME_TO_CHANGE_WATER_FILTER', 'maintenance', 'attention', 0.006, 9),
  habit(OVEN, 'PREHEATING_IS_COMPLETE', 'reminder', 'info', 0.4, 11, 18),
  habit(OVEN, 'COOKING_IS_COMPLETE', 'finished', 'info', 0.35, 12, 19),
  habit(ROBOT, 'CLEANING_IS_COMPLETED', 'finished', 'info', 0.9, 11),
  habit(ROBOT, 'CLEANING_IS_FAILED', 'failed', 'attention', 0.06, 11),
  habit(AIR, 'TIME_TO_CHANGE_FILTER', 'maintenance', 'attention', 0.008, 8),
  habit(AIR, 'POLLUTION_IS_HIGH', 'status', 'attention', 0.3, 18, 19),
  habit(COOLER, 'SOME_NEW_CODE', 'status', 'info', 0.15, 15, 16),
  habit(COOLER, 'TIME_TO_CLEAN_FILTER', 'maintenance', 'info', 0.012, 15),
  habit(SMOKE, 'FIRE_IS_DETECTED', 'safety', 'error', 0.004, 19),
];

/** Deterministic pseudo-random numbers from 0 to 1. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** `busy` times as many events as in a usual home. */
export function year(nowMs: number, isKorean: boolean, busy = 1): HistoryEvent[] {
  const random = numbers(42);
  const today = Math.floor(nowMs / DAY_MS) * DAY_MS;
  const told: { atMs: number; habit: Habit }[] = [];
  for (let day = 0; day < 365; day += 1) {
    for (const each of HABITS) {
      const times = Math.floor(each.aDay * busy + random());
      for (let time = 0; time < times; time += 1) {
        const hour = each.hours[Math.floor(random() * each.hours.length)] ?? 12;
        const minutes = hour * 60 + Math.floor((random() - 0.5) * 110);
        told.push({ atMs: today - day * DAY_MS + minutes * MINUTE_MS, habit: each });
      }
    }
  }
  const past = told.filter(({ atMs }) => atMs <= nowMs).sort((one, other) => other.atMs - one.atMs);
  return past.map(({ atMs, habit: { appliance: of, code, category, severity } }, at) => ({
    id: past.length - at,
    receivedAtMs: atMs,
    kind: 'push',
    code,
    deviceId: of.id,
    place: '',
    deviceName: of.names[isKorean ? 1 : 0],
    deviceType: of.type,
    severity,
    category,
    text: '',
    isRead: atMs < nowMs - UNREAD_MS,
    isFoundAfterGap: false,
    foundIn: [],
    gap: null,
  }));
}

/** Messages of an event in LG's format. */
export function exampleDetails(event: HistoryEvent): Partial<EventDetails> {
  const { receivedAtMs, code, deviceId, deviceName, deviceType } = event;
  const device = { deviceId, deviceInfo: { alias: deviceName, deviceType } };
  const wrapped = { type: 'PUSH', pushType: 'DEVICE_PUSH', pushCode: code, ...device };
  return {
    sentAt: new Date(receivedAtMs).toISOString().slice(0, 19).replace('T', ' '),
    notifiedAtMs: receivedAtMs + 240,
    messages: [
      { receivedAtMs, raw: JSON.stringify({ header: { messageId: event.id }, body: wrapped }) },
      { receivedAtMs: receivedAtMs + 90, raw: JSON.stringify({ push: wrapped }) },
    ],
  };
}

/** With unusual entries on top: other kinds of events, long names, no name. */
export function uneven(usual: readonly HistoryEvent[], nowMs: number): HistoryEvent[] {
  const [newest] = usual;
  if (!newest) return [];
  const none = { code: '', deviceId: null, deviceName: '', deviceType: null };
  const long = 'Washing machine in the laundry room of the holiday flat on the second floor';
  const changes: readonly Partial<HistoryEvent>[] = [
    {
      ...none,
      kind: 'text',
      text: 'LG ThinQ: 정기 점검이 11월 25일 오전 2시부터 4시까지 있습니다.',
    },
    { kind: 'registered', code: '', deviceName: '건조기', deviceType: null, category: 'status' },
    {
      kind: 'renamed',
      code: '',
      deviceName: 'Oven',
      deviceType: null,
      text: 'Oven upstairs',
      category: 'status',
    },
    { code: 'WASHING_IS_COMPLETE', deviceName: long, deviceId: 'washer-2', isFoundAfterGap: true },
    {
      ...none,
      kind: 'gap',
      category: 'status',
      gap: { fromMs: nowMs - 95 * MINUTE_MS, reason: 'asleep' },
    },
    { ...none, code: 'ERROR_DURING_WASHING', severity: 'error', category: 'failed' },
    { kind: 'unregistered', code: '', deviceName: 'Oven', deviceType: null, category: 'status' },
  ];
  return [
    ...changes.map((change, at) => ({
      ...newest,
      id: newest.id + changes.length - at,
      receivedAtMs: nowMs - at * 7 * MINUTE_MS,
      severity: 'info' as const,
      ...change,
      isRead: at > 3,
    })),
    ...usual,
  ];
}
