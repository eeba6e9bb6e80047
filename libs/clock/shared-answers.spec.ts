import { describe, expect, it } from 'vitest';
import { ManualClock, SharedAnswers } from './index.js';

describe('SharedAnswers', () => {
  const clock = new ManualClock();
  const made = (): { ask: (key: string) => Promise<string>; asked: string[] } => {
    const asked: string[] = [];
    const shared = new SharedAnswers<string>(clock, { keptMs: 1_000, questionsMax: 2 });
    const question = (key: string) => (): Promise<string> => {
      asked.push(key);
      return key === 'fails' ? Promise.reject(new Error('no')) : Promise.resolve(`${key} ${asked.length}`);
    };
    return { ask: (key) => shared.ask(key, question(key)) as Promise<string>, asked };
  };

  it('passes a thousand equal questions of one moment on once, and again when the answer is old', async () => {
    const { ask, asked } = made();
    const answers = await Promise.all(Array.from({ length: 1_000 }, () => ask('a')));
    expect(new Set(answers)).toEqual(new Set(['a 1']));
    clock.advance(999);
    expect(await ask('a')).toBe('a 1');
    clock.advance(1);
    expect(await ask('a')).toBe('a 2');
    expect(asked).toEqual(['a', 'a']);
  });

  it('passes on so many different questions and no more, until the first are old', async () => {
    const { ask } = made();
    await Promise.all([ask('a'), ask('b')]);
    expect(ask('c')).toBeUndefined();
    expect(await ask('b')).toBe('b 2');
    clock.advance(1_000);
    expect(await ask('c')).toBe('c 3');
  });

  it('shares a failure, too', async () => {
    const { ask, asked } = made();
    await expect(ask('fails')).rejects.toThrow('no');
    await expect(ask('fails')).rejects.toThrow('no');
    expect(asked).toEqual(['fails']);
  });
});
