import { describe, expect, it } from 'vitest';
import { eventParser } from './events.mjs';

const stream =
  ': welcome\n\nevent: job_status_changed\nid: 7\ndata: {"job_id":"é"}\n\nevent: heartbeat\ndata: {"a":\ndata: 1}\n\n';
const events = [
  { event: 'job_status_changed', id: '7', data: { job_id: 'é' } },
  { event: 'heartbeat', id: undefined, data: { a: 1 } },
];

describe('the reader of server-sent events', () => {
  it('finds the same events however the text is cut', () => {
    for (let length = 1; length <= stream.length; length += 1) {
      const parse = eventParser();
      const pieces = stream.match(new RegExp(`[^]{1,${length}}`, 'g'));
      expect(pieces.flatMap((piece) => parse(piece))).toEqual(events);
    }
  });

  it('keeps what is not complete yet', () => {
    const parse = eventParser();
    expect(parse('data: {"a":1}\n')).toEqual([]);
    expect(parse('\n')).toEqual([{ event: 'message', id: undefined, data: { a: 1 } }]);
  });

  it('understands carriage returns', () => {
    expect(eventParser()('event: x\r\ndata: 2\r\n\r\n')).toEqual([{ event: 'x', id: undefined, data: 2 }]);
  });
});
