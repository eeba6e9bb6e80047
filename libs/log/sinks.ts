import { closeSync, fstatSync, mkdirSync, openSync, stat } from 'node:fs';
import { dirname } from 'node:path';
import type { Clock, Stoppable } from '../clock/index.js';
import { DescriptorWriter } from './descriptor-writer.js';

/** Where finished lines go. Every line is with the operating system when `write` returns, so a kill loses none. */
export interface Sink {
  write(line: string): void;
  /** Opens the destination anew, where it is a file. */
  reopen(): void;
  close(): void;
}

export type Report = (message: string, extra: Readonly<Record<string, unknown>>) => string;

const rotationCheckMs = 1_000;
const fileMode = 0o640;

/** Writes to a descriptor that stays open, such as standard output. */
export function streamSink(descriptor: number, report: Report): Sink {
  const writer = new DescriptorWriter(descriptor, report);
  const nothing = (): void => undefined;
  return { write: (line) => writer.write(line), reopen: nothing, close: nothing };
}

/**
 * Appends to a file, creating its folder. Looks once a second whether the name still leads to the open file, and opens
 * it anew after a rotation. When that fails the old file is kept, and `complain` is told once.
 * @throws when the file cannot be opened for appending
 */
export function fileSink(path: string, clock: Clock, report: Report, complain: (line: string) => void): Sink {
  const writer = new DescriptorWriter(openForAppending(path), report);
  let complained = false;
  const reopen = (): void => {
    try {
      closeSync(writer.moveTo(openForAppending(path)));
      complained = false;
    } catch (error) {
      if (!complained) complain(report('Cannot open the log file anew', { error }));
      complained = true;
    }
  };
  const watching = watchRotation(path, clock, writer, reopen);
  return {
    write: (line) => writer.write(line),
    reopen,
    close: () => {
      watching.stop();
      closeSync(writer.descriptor);
    },
  };
}

function openForAppending(path: string): number {
  mkdirSync(dirname(path), { recursive: true });
  return openSync(path, 'a', fileMode);
}

function watchRotation(path: string, clock: Clock, writer: DescriptorWriter, rotated: () => void): Stoppable {
  let stopped = false;
  const timer = clock.every(rotationCheckMs, () => {
    stat(path, (error, named) => {
      if (stopped) return;
      const open = fstatSync(writer.descriptor);
      if (error ? error.code === 'ENOENT' : named.ino !== open.ino || named.dev !== open.dev) rotated();
    });
  });
  return {
    stop: () => {
      stopped = true;
      timer.stop();
    },
  };
}
