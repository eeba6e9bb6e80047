import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A fenced block of a page: its language, what its info string says it needs, and its lines. */
export interface Block {
  readonly language: string;
  /** What a reader has and a test has not (`bash needs docker`); empty when the block runs anywhere. */
  readonly needs: string;
  readonly line: number;
  readonly text: string;
}

/** The pages that a user reads: the README, and everything below docs/ but the decision records. */
export function pages(): string[] {
  const names = readdirSync('docs', { recursive: true, encoding: 'utf8' });
  const below = names.filter((name) => name.endsWith('.md') && !name.startsWith('adr')).sort();
  return ['README.md', ...below.map((name) => join('docs', name))];
}

export function read(page: string): string {
  return readFileSync(page, 'utf8');
}

/** The fenced blocks of a page; one inside a list item loses its indentation. */
export function blocksOf(page: string): Block[] {
  const fence = /^( *)```(\S*)(?: needs (.+))?\n([\s\S]*?)^\1```$/gm;
  const source = read(page);
  return [...source.matchAll(fence)].map((match) => {
    const [, indent = '', language = '', needs = '', text = ''] = match;
    const line = source.slice(0, match.index).split('\n').length;
    return { language, needs, line, text: text.replaceAll(new RegExp(`^${indent}`, 'gm'), '') };
  });
}
