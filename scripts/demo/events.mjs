// @ts-check
import { setTimeout as sleep } from 'node:timers/promises';

const RECONNECT_WAIT_MS = 500;

/** @typedef {{ event: string, data: any, id: string | undefined }} ServerEvent */

/**
 * Takes server-sent events out of text that comes in pieces of any size (HTML living standard, §9.2.6).
 * @returns {(piece: string) => ServerEvent[]} the events that `piece` completes
 */
export function eventParser() {
  let buffered = '';
  return (piece) => {
    buffered += piece;
    const blocks = buffered.split(/\r?\n\r?\n/);
    buffered = blocks.pop() ?? '';
    return blocks.flatMap(parseBlock);
  };
}

/**
 * @param {string} block
 * @returns {ServerEvent[]} none when the block has no data (a comment)
 */
function parseBlock(block) {
  /** @type {Map<string, string[]>} */
  const fields = new Map();
  for (const line of block.split(/\r?\n/)) {
    const [, name = '', value = ''] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
    fields.set(name, [...(fields.get(name) ?? []), value]);
  }
  const data = fields.get('data');
  if (!data) return [];
  return [
    {
      event: fields.get('event')?.at(-1) ?? 'message',
      data: JSON.parse(data.join('\n')),
      id: fields.get('id')?.at(-1),
    },
  ];
}

/**
 * Follows `/api/events/stream` until `signal` says stop; a stream that breaks is taken up where it broke.
 * @param {string} origin
 * @param {(event: ServerEvent) => void} onEvent
 * @param {AbortSignal} signal
 * @returns {Promise<void>} once the stream is open
 */
export async function followEvents(origin, onEvent, signal) {
  /** @type {string | undefined} */
  let lastId;
  const connect = async () => {
    const headers = { Accept: 'text/event-stream', ...(lastId !== undefined && { 'Last-Event-ID': lastId }) };
    const response = await fetch(`${origin}/api/events/stream`, { headers, signal });
    if (!response.ok || !response.body)
      throw new Error(`/api/events/stream was answered with ${String(response.status)}`);
    return response.body;
  };
  const read = async (/** @type {ReadableStream<Uint8Array>} */ body) => {
    const parse = eventParser();
    const decoder = new TextDecoder();
    for await (const chunk of body) {
      for (const event of parse(decoder.decode(chunk, { stream: true }))) {
        lastId = event.id ?? lastId;
        onEvent(event);
      }
    }
  };
  const follow = async (/** @type {ReadableStream<Uint8Array>} */ first) => {
    for (let body = first; !signal.aborted; body = await connect()) {
      await read(body).catch(() => undefined);
      await sleep(RECONNECT_WAIT_MS, undefined, { signal });
    }
  };
  // When it cannot be taken up again, the demo's own look at the job tells what is wrong.
  follow(await connect()).catch(() => undefined);
}
