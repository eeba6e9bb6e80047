import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { variables } from '../../src/config/variables.js';
import { blocksOf, pages, read } from './pages.js';

/** What a block may need that a test has not. Everything else runs (shell-blocks.test.ts). */
const NEEDS = ['an account', 'a cluster', 'a trainer', 'docker', 'its own start', 'root', 'your network'];

const japanese = readdirSync('docs/ja').filter((name) => name.endsWith('.md'));

function commandsOf(page: string): string[] {
  return blocksOf(page)
    .filter(({ language }) => language === 'bash')
    .map(({ text }) => text.replaceAll(/^#.*\n|\s+#.*$/gm, ''));
}

/** How deep the headings are, one after the other. */
function outline(page: string): string[] {
  const prose = read(page).replaceAll(/^ *```[\s\S]*?^ *```$/gm, '');
  return [...prose.matchAll(/^(#+) /gm)].map(([, depth]) => depth as string);
}

describe('the pages', () => {
  it.each(pages())(
    '%s: what is typed stands in a fenced block, and says so when it needs what a test has not',
    (page) => {
      const loose = read(page)
        .replaceAll(/^ *```[\s\S]*?^ *```$/gm, '')
        .match(/^ {4,}(curl|export|npm|docker|kubectl|simpletuner-cloud|sqlite3|openssl) .*/gm);
      expect(loose).toBeNull();
      for (const { needs, line } of blocksOf(page)) if (needs !== '') expect(NEEDS, `${page}:${line}`).toContain(needs);
    },
  );

  it('sets no variable that the server does not know', () => {
    const known = new Set<string>(Object.values(variables).map(({ name }) => name));
    const unknown = pages().flatMap((page) =>
      blocksOf(page)
        .flatMap(({ text }) => [...text.matchAll(/^(?:export )?((?:SIMPLETUNER|RATE_LIMIT)_[A-Z_]+)=/gm)])
        .filter(([, name]) => !known.has(name as string))
        .map(([, name]) => `${page}: ${name}`),
    );
    expect(unknown).toEqual([]);
  });
});

describe('the Japanese pages', () => {
  it.each(japanese)('%s has the outline and the commands of the English page', (name) => {
    expect(outline(`docs/ja/${name}`)).toEqual(outline(`docs/${name}`));
    expect(commandsOf(`docs/ja/${name}`)).toEqual(commandsOf(`docs/${name}`));
  });
});
