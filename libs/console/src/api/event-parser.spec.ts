import { describe, expect, it } from 'vitest';
import { eventParser } from './event-parser';

describe('the parser of event streams', () => {
  it('takes events out of text that is cut anywhere', () => {
    const text =
      ': hello\n\nid: 7\nevent: job\ndata: {"a":\ndata: 1}\n\ndata: [2]\r\n\r\nevent: never\ndata: {"not":"whole"}\n';
    const whole = [
      { event: 'job', id: '7', data: { a: 1 } },
      { event: 'message', id: undefined, data: [2] },
    ];
    expect(eventParser()(text)).toEqual(whole);
    for (let cut = 0; cut <= text.length; cut += 1) {
      const parse = eventParser();
      expect([...parse(text.slice(0, cut)), ...parse(text.slice(cut))], `cut at ${cut}`).toEqual(whole);
    }
  });
});
