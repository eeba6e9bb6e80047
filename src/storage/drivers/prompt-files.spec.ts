import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '#libs/clock';
import { PromptFiles } from './prompt-files.js';

describe('small calls of a file system', () => {
  const clock = new ManualClock();
  const where = (files: PromptFiles, tookMs = 0): string | Promise<string> =>
    files.run(
      () => {
        clock.advance(tookMs);
        return 'here';
      },
      () => Promise.resolve('elsewhere'),
    );

  it('are made on this thread where it is local', () => {
    expect(where(new PromptFiles(true, clock))).toBe('here');
  });

  it('are made elsewhere where a network may be behind it', async () => {
    expect(await where(new PromptFiles(false, clock))).toBe('elsewhere');
    // procfs stands for every type that is not known to be of this machine.
    expect(await where(PromptFiles.in('/proc', clock))).toBe('elsewhere');
    expect(await where(PromptFiles.in(tmpdir(), clock))).toBe('here');
  });

  it('are made elsewhere for ten seconds after one that had to wait, also when it failed', async () => {
    const files = new PromptFiles(true, clock);
    expect(where(files, 41)).toBe('here');
    expect(await where(files)).toBe('elsewhere');
    clock.advance(9_999);
    expect(await where(files)).toBe('elsewhere');
    clock.advance(1);
    const fail = (): never => {
      clock.advance(41);
      throw new Error('EIO');
    };
    expect(() => files.run(fail, () => Promise.reject(new Error('not asked')))).toThrow('EIO');
    expect(await where(files)).toBe('elsewhere');
  });

  it('stay on this thread after short waits now and then, and leave it when these come one after the other', async () => {
    const files = new PromptFiles(true, clock);
    for (let wait = 0; wait < 20; wait += 1) {
      expect(where(files, 10)).toBe('here');
      clock.advance(200);
    }
    for (let wait = 0; wait < 5; wait += 1) expect(where(files, 10)).toBe('here');
    expect(await where(files)).toBe('elsewhere');
  });
});
