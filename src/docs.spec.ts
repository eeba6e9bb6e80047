import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { configurationTable } from './config/show.js';

const root = new URL('../', import.meta.url);

function read(path: string): string {
  return readFileSync(new URL(path, root), 'utf8');
}

function sources(): string[] {
  return readdirSync(new URL('src', root), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.spec.ts'))
    .map((path) => read(`src/${path}`));
}

describe('the documentation', () => {
  it('lists the settings as the configuration table has them (npm run docs prints it anew)', () => {
    expect(read('docs/configuration.md')).toContain(configurationTable());
  });

  it('explains every error code that the server uses, and no other', () => {
    const codes = sources().flatMap((text) =>
      [...text.matchAll(/(?:new DomainError\(|super\(|^ {2}\d{3}: \[)\s*'[a-z-]+',\s*'([a-z_]+)'/gm)].map(
        ([, code]) => code,
      ),
    );
    const used = [...new Set([...codes, 'internal_error'])].sort();
    const explained = [...read('docs/errors.md').matchAll(/^\| `([a-z_]+)` \| \d{3} \|/gm)]
      .map(([, code]) => code)
      .sort();
    expect(explained).toEqual(used);
  });

  it('names every dependency of the product with its purpose', () => {
    const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> };
    const section = read('docs/architecture.md').split('## Dependencies')[1] ?? '';
    const missing = Object.keys(dependencies).filter(
      (name) => !section.includes(`\`${name.replace(/^@nestjs\//, '')}\``) && !section.includes(`\`${name}\``),
    );
    expect(missing).toEqual([]);
  });

  it('links only to files that exist', () => {
    const pages = [
      'README.md',
      'CONTRIBUTING.md',
      'SECURITY.md',
      ...readdirSync(new URL('docs', root), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.md'))
        .map((name) => `docs/${name}`),
    ];
    for (const page of pages) {
      const links = [...read(page).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link]) => link as string);
      for (const link of links)
        expect(() => readdirOrFile(new URL(link, new URL(page, root))), `${page} → ${link}`).not.toThrow();
    }
  });

  it('names for every heading of the guide a page, code and a test that exist', () => {
    const page = 'docs/guide-coverage.md';
    const named = [...read(page).matchAll(/`([^`]+)`/g)].map(([, path]) => path as string);
    expect(named.length).toBeGreaterThan(50);
    for (const path of named) expect(() => readdirOrFile(new URL(path, root)), `${page}: ${path}`).not.toThrow();
  });
});

function readdirOrFile(url: URL): unknown {
  try {
    return readFileSync(url);
  } catch {
    return readdirSync(url);
  }
}
