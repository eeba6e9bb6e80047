import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsInt, IsObject, IsOptional, IsString, Matches, Max, Min } from 'class-validator';
import { describe, expect, it } from 'vitest';
import { validationPipe } from './validation.js';

class Order {
  @Matches(/^[a-z]+$/, { message: 'must be the name of a provider' })
  provider!: string;

  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(9)
  limit: number = 1;

  @IsArray()
  @ArrayMaxSize(2)
  @IsObject({ each: true })
  parts: object[] = [];

  @IsString()
  @Matches(/^\S+$/, { message: 'must not hold spaces' })
  token = 'x';
}

class Wish {
  @IsOptional()
  @IsString()
  token?: string;
}

/** What the pipe says of a body. */
async function told(value: unknown, metatype: typeof Order | typeof Wish = Order): Promise<unknown> {
  const judging = validationPipe().transform(value, { type: 'body', metatype });
  const error: unknown = await judging.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return (error as { extras: { details: { fields: unknown } } }).extras.details.fields;
}

describe('what is wrong with a body', () => {
  const fine = { provider: 'process' };

  it.each([
    ['a message that names the field elsewhere', { provider: 7 }, 'provider', 'must be the name of a provider'],
    ['text in place of a number', { ...fine, limit: 'many' }, 'limit', 'must be an integer number'],
    ['a number that is too small', { ...fine, limit: 0 }, 'limit', 'must not be less than 1'],
    ['an object in place of a list', { ...fine, parts: {} }, 'parts', 'must be an array'],
    ['a list of something else', { ...fine, parts: ['a'] }, 'parts', 'each value must be an object'],
    ['a number in place of text', { ...fine, token: 5 }, 'token', 'must be a string'],
    ['a field that nobody knows', { ...fine, hat: 1 }, 'hat', 'is not a known field'],
  ])('is said in one sentence: %s', async (_, value, field, message) => {
    expect(await told(value)).toEqual([{ field, message }]);
  });

  it('is said of a list in place of the body', async () => {
    expect(await told([], Wish)).toEqual([{ field: 'body', message: 'must be a JSON object' }]);
  });
});
