import { expect, it } from 'vitest';
import { entityTagOf, versionsIn } from './entity-tag.js';

it.each([
  [undefined, undefined],
  ['*', undefined],
  ['"3"', [3]],
  [' "3" , "5"', [3, 5]],
  ['W/"3"', []],
  ['3', []],
  ['"x"', []],
  ['', []],
])('If-Match %j names the versions %j', (header, versions) => {
  expect(versionsIn(header)).toEqual(versions);
});

it('reads the tags that it makes', () => {
  expect(versionsIn(entityTagOf(12))).toEqual([12]);
});
