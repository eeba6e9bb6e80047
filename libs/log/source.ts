import { originalPosition } from './source-maps.js';

/** Where a line was logged, in terms of the TypeScript source. */
export interface Source {
  readonly file: string;
  readonly line: number;
  readonly function: string;
}

export const unknownSource: Source = { file: '', line: 0, function: '' };

const callSitesMax = 10_000;
const foreignFramesMax = 16;
const libraryFrame = /^node:|[\\/]node_modules[\\/]/;

// Looking a position up in a source map costs far more than a log line, and a call site never moves.
const known = new Map<string, Map<number, Source>>();
let knownCount = 0;

/** Who called the caller of this function; cheap enough for every line because each place is resolved once. */
export function sourceOfCaller(): Source {
  const site = framesAbove(sourceOfCaller, 2)[1];
  return site ? resolved(site) : unknownSource;
}

/** The nearest caller that is not inside a library: for lines that reach us through somebody else's logger. */
export function sourceOutsideLibraries(above: object): Source {
  const site = framesAbove(above, foreignFramesMax).find((frame) => {
    const file = frame.getFileName();
    return file !== null && !libraryFrame.test(file);
  });
  return site ? resolved(site) : unknownSource;
}

const structured = (_error: Error, frames: NodeJS.CallSite[]): NodeJS.CallSite[] => frames;

function framesAbove(above: object, limit: number): NodeJS.CallSite[] {
  const { stackTraceLimit } = Error;
  const prepareStackTrace: unknown = Reflect.get(Error, 'prepareStackTrace');
  const holder: { stack?: unknown } = {};
  try {
    Error.prepareStackTrace = structured;
    Error.stackTraceLimit = limit;
    Error.captureStackTrace(holder, above as CallableFunction);
    // The stack is formatted when it is first read, so it must be read while our hook is in place.
    const { stack } = holder;
    return Array.isArray(stack) ? (stack as NodeJS.CallSite[]) : [];
  } finally {
    Reflect.set(Error, 'prepareStackTrace', prepareStackTrace);
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function resolved(site: NodeJS.CallSite): Source {
  const file = site.getFileName() ?? '';
  const position = site.getPosition();
  const found = known.get(file)?.get(position);
  if (found) return found;
  if (knownCount >= callSitesMax) {
    known.clear();
    knownCount = 0;
  }
  const source = mapped(site, file);
  const positions = known.get(file) ?? new Map<number, Source>();
  known.set(file, positions.set(position, source));
  knownCount += 1;
  return source;
}

function mapped(site: NodeJS.CallSite, file: string): Source {
  const line = site.getLineNumber() ?? 0;
  const name = site.getFunctionName() ?? '<anonymous>';
  const place = originalPosition(file, line, site.getColumnNumber() ?? 1) ?? { file, line };
  return { file: baseName(place.file), line: place.line, function: name };
}

function baseName(path: string): string {
  const withoutQuery = path.replace(/[?#].*$/, '');
  return withoutQuery.slice(Math.max(withoutQuery.lastIndexOf('/'), withoutQuery.lastIndexOf('\\')) + 1);
}
