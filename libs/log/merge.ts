/** `over` laid over `under`, in a new frozen object; members that throw when they are read say so instead. */
export function merged(under: object, over: object): Readonly<Record<string, unknown>> {
  const result: Record<string, unknown> = { ...under };
  try {
    for (const name of Object.keys(over)) result[name] = read(over, name);
  } catch {
    // A proxy that hides even its names: what it holds is lost, the caller is not.
  }
  return Object.freeze(result);
}

/** The member, or a word in brackets when its getter throws. */
export function read(owner: object, name: string): unknown {
  try {
    return (owner as Record<string, unknown>)[name];
  } catch {
    return '[unreadable]';
  }
}
