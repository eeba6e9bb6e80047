import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { S3Error, type S3ErrorCode } from '../errors.js';
import { readXml, xmlBytesMax } from './reader.js';
import { readCompleteMultipartUpload, readDeleteObjects } from './requests.js';
import { writeXml } from './writer.js';

function code(work: () => unknown): S3ErrorCode | 'accepted' {
  try {
    work();
  } catch (error) {
    if (error instanceof S3Error) return error.code;
    throw error;
  }
  return 'accepted';
}

const part = (number: number | string, etag = '"ab"') =>
  `<Part><PartNumber>${number}</PartNumber><ETag>${etag}</ETag></Part>`;
const complete = (inner: string) => Buffer.from(`<CompleteMultipartUpload>${inner}</CompleteMultipartUpload>`);

describe('readXml', () => {
  it.each([
    ['a document type', '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'],
    ['an unknown entity', '<a>&x;</a>'],
    ['a bare ampersand', '<a>b & c</a>'],
    ['a namespace prefix that is not declared', '<s3:a/>'],
    ['an attribute given twice', '<a b="1" b="2"/>'],
    ['a character beyond Unicode', '<a>&#x110000;</a>'],
    ['a NUL by reference', '<a>&#0;</a>'],
    ['a surrogate by reference', '<a>&#xd800;</a>'],
    ['a raw control character', '<a>\u0001</a>'],
    ['an element left open', '<a><b></a>'],
    ['a second root', '<a/><b/>'],
    ['text outside', '<a/>b'],
    ['nothing', ''],
    ['only a prologue', '<?xml version="1.0"?>'],
    ['a closing tag too many', '<a></a></a>'],
    ['a closing tag with attributes', '<a></a b="c">'],
    ['an unquoted attribute', '<a b=c/>'],
    ['an unfinished comment', '<a/><!-- b'],
    ['too many elements', `<a>${'<b/>'.repeat(100_000)}</a>`],
    ['too long a text', `<a>${'b'.repeat(16_385)}</a>`],
    ['depth', `${'<a>'.repeat(9)}${'</a>'.repeat(9)}`],
  ])('refuses %s', (_what, document) => {
    expect(code(() => readXml(Buffer.from(document)))).toBe('MalformedXML');
  });

  it('refuses what is not UTF-8 and what is too large', () => {
    expect(code(() => readXml(Buffer.from([0x3c, 0x61, 0x3e, 0xff])))).toBe('MalformedXML');
    expect(code(() => readXml(Buffer.alloc(xmlBytesMax + 1, '<')))).toBe('MalformedXML');
  });

  it('reads prologue, comment, namespace, attributes, references and CDATA', () => {
    const document =
      '\ufeff<?xml version="1.0"?>\n<!-- c --><s3:a xmlns:s3="u" b = \'c\'> &lt;&#65;&#x42;&quot;<b /> <![CDATA[&lt;]]></s3:a>\n';
    expect(readXml(Buffer.from(document))).toEqual({
      name: 'a',
      text: ' <AB" &lt;',
      children: [{ name: 'b', text: '', children: [] }],
    });
  });

  it('never fails otherwise than with an S3Error', () => {
    const pieces = fc.array(
      fc.constantFrom(
        '<',
        '>',
        '/',
        'a',
        '</a>',
        '<a>',
        '&',
        ';',
        '#',
        '"',
        '=',
        '<!--',
        '-->',
        '<?',
        '?>',
        ' ',
        '\u0000',
        'é',
      ),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          pieces.map((list) => list.join('')),
          fc.string({ unit: 'binary' }),
        ),
        (document) => {
          code(() => readXml(Buffer.from(document)));
          code(() => readCompleteMultipartUpload(Buffer.from(document)));
          code(() => readDeleteObjects(Buffer.from(`<Delete><Object>${document}</Object></Delete>`)));
        },
      ),
      { numRuns: 1_000 },
    );
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void code(() => readXml(bytes))));
  });

  it('takes time in proportion to the document, also when it is hostile', () => {
    for (const hostile of [
      '<a '.repeat(300_000),
      `<a ${' '.repeat(900_000)}`,
      '<!--'.repeat(200_000),
      `<a>${'&'.repeat(900_000)}`,
      `<a ${Array.from({ length: 90_000 }, (_, index) => `x${index}=""`).join(' ')}`,
    ]) {
      expect(code(() => readXml(Buffer.from(hostile)))).toBe('MalformedXML');
    }
  });
});

describe('what the writer writes', () => {
  const text = fc
    .string({ unit: 'grapheme', maxLength: 30 })
    .filter((one) => !/\p{Cc}|\p{Cs}|[\ufffe\uffff]/u.test(one));

  it('the reader reads back', () => {
    fc.assert(
      fc.property(fc.array(text), (keys) => {
        const document = writeXml(
          'Delete',
          keys.map((key) => ['Object', [['Key', key]]] as const),
        );
        const read = readXml(Buffer.from(document)).children.map((object) => object.children[0]?.text);
        expect(read).toEqual(keys);
      }),
    );
  });

  it('keeps line ends and drops what XML cannot carry', () => {
    expect(writeXml('Error', 'a\r\nb\u0000\ud800c')).toContain('>a&#13;&#10;bc<');
  });
});

describe('CompleteMultipartUpload', () => {
  it('reads what clients send', () => {
    const body = complete(`\n ${part(1)} ${part(3, '&quot;cd-2&quot;')}${part(10_000, 'ef')}\n`);
    expect(readCompleteMultipartUpload(body).map(({ partNumber, etag }) => [partNumber, etag])).toEqual([
      [1, 'ab'],
      [3, 'cd-2'],
      [10_000, 'ef'],
    ]);
  });

  it.each<[string, string, S3ErrorCode]>([
    ['no parts', '', 'MalformedXML'],
    ['part 0', part(0), 'InvalidArgument'],
    ['part 10,001', part(10_001), 'InvalidArgument'],
    ['a part number with a sign', part('+1'), 'InvalidArgument'],
    ['unordered parts', part(2) + part(1), 'InvalidPartOrder'],
    ['a repeated part', part(1) + part(1), 'InvalidPartOrder'],
    ['no ETag', '<Part><PartNumber>1</PartNumber></Part>', 'MalformedXML'],
    ['two ETags', '<Part><PartNumber>1</PartNumber><ETag>a</ETag><ETag>b</ETag></Part>', 'MalformedXML'],
    ['another element', '<Pert/>', 'MalformedXML'],
    [
      'a bad checksum',
      '<Part><PartNumber>1</PartNumber><ETag>a</ETag><ChecksumCRC32>x</ChecksumCRC32></Part>',
      'InvalidPart',
    ],
    ['10,001 parts', Array.from({ length: 10_001 }, (_, index) => part(index + 1)).join(''), 'MalformedXML'],
  ])('refuses %s', (_what, inner, expected) => {
    expect(code(() => readCompleteMultipartUpload(complete(inner)))).toBe(expected);
  });
});

describe('a document that was damaged', () => {
  const whole = Buffer.from(
    `<?xml version="1.0"?><CompleteMultipartUpload xmlns="u">${part(1)}${part(2)}<!-- c -->${part(9)}</CompleteMultipartUpload>`,
  );
  const wound = fc.record({ at: fc.nat(), remove: fc.nat({ max: 60 }), insert: fc.uint8Array({ maxLength: 20 }) });

  it('is refused, or names parts that can be: in order and in bounds', () => {
    fc.assert(
      fc.property(fc.array(wound, { minLength: 1, maxLength: 3 }), (wounds) => {
        let damaged = whole;
        for (const { at, remove, insert } of wounds) {
          const place = at % (damaged.length + 1);
          damaged = Buffer.concat([damaged.subarray(0, place), insert, damaged.subarray(place + remove)]);
        }
        let numbers: number[] = [];
        if (
          code(() => (numbers = readCompleteMultipartUpload(damaged).map(({ partNumber }) => partNumber))) !==
          'accepted'
        )
          return;
        expect(numbers.length).toBeGreaterThan(0);
        expect(numbers.every((number, index) => number > (numbers[index - 1] ?? 0) && number <= 10_000)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('Delete', () => {
  const remove = (inner: string) =>
    readDeleteObjects(Buffer.from(`<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${inner}</Delete>`));

  it('reads keys as they are', () => {
    const inner =
      '<Object><Key> a&amp;b/é </Key></Object><Object><Key>c</Key><VersionId>null</VersionId></Object><Quiet>true</Quiet>';
    expect(remove(inner)).toEqual({ keys: [' a&b/é ', 'c'], quiet: true });
  });

  it('refuses none, more than 1,000, empty keys and versions', () => {
    expect(code(() => remove(''))).toBe('MalformedXML');
    expect(code(() => remove('<Object><Key>k</Key></Object>'.repeat(1_001)))).toBe('MalformedXML');
    expect(code(() => remove('<Object><Key></Key></Object>'))).toBe('MalformedXML');
    expect(code(() => remove('<Object><Key>k</Key><VersionId>3</VersionId></Object>'))).toBe('NotImplemented');
    expect(code(() => remove('<Object><Key>k</Key><ETag>x</ETag></Object>'))).toBe('NotImplemented');
  });
});
