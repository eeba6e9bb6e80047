/** One server-sent event. */
export interface ServerEvent {
  readonly event: string;
  readonly data: unknown;
  readonly id: string | undefined;
}

/** Takes events out of text that comes in pieces of any size (HTML living standard, §9.2.6). */
export function eventParser(): (piece: string) => ServerEvent[] {
  let buffered = '';
  return (piece) => {
    buffered += piece;
    const blocks = buffered.split(/\r?\n\r?\n/);
    buffered = blocks.pop() ?? '';
    return blocks.flatMap(eventsOf);
  };
}

/** None when the block has no data: a comment. */
function eventsOf(block: string): ServerEvent[] {
  let event = 'message';
  let id: string | undefined;
  const data: string[] = [];
  for (const line of block.split(/\r?\n/)) {
    const [, name, value = ''] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
    if (name === 'event') event = value;
    if (name === 'id') id = value;
    if (name === 'data') data.push(value);
  }
  return data.length === 0 ? [] : [{ event, id, data: JSON.parse(data.join('\n')) as unknown }];
}
