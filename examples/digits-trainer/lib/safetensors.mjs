// @ts-check

/**
 * The safetensors format (https://huggingface.co/docs/safetensors): eight bytes of header length (little endian), the
 * header as JSON, then the tensors' bytes in one row without gaps.
 * @typedef {object} Tensor
 * @property {number[]} shape
 * @property {Float32Array | Uint8Array} data
 */

/** What the reference implementation allows. */
const MAX_HEADER_BYTES = 100_000_000;
const ALIGNMENT_BYTES = 8;
const ELEMENT_BYTES = { F32: 4, U8: 1 };

/**
 * @param {Record<string, Tensor>} tensors written in the order given
 * @param {Record<string, string>} [metadata]
 * @returns {Buffer}
 */
export function encodeSafetensors(tensors, metadata = {}) {
  /** @type {Record<string, unknown>} */
  const header = { __metadata__: metadata };
  let end = 0;
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    const elements = shape.reduce((product, size) => product * size, 1);
    if (elements !== data.length) throw new RangeError(`tensor ${name}: its shape and its data differ in size`);
    const dtype = data instanceof Float32Array ? 'F32' : 'U8';
    header[name] = { dtype, shape, data_offsets: [end, end + data.byteLength] };
    end += data.byteLength;
  }
  let json = JSON.stringify(header);
  // Trailing spaces are allowed and keep the data aligned, so that readers can map it into memory.
  json += ' '.repeat((ALIGNMENT_BYTES - (Buffer.byteLength(json) % ALIGNMENT_BYTES)) % ALIGNMENT_BYTES);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(json)));
  const data = Object.values(tensors).map((tensor) => bytesOf(tensor.data));
  return Buffer.concat([length, Buffer.from(json), ...data]);
}

/**
 * @param {Buffer} file
 * @returns {{ tensors: Record<string, Tensor>, metadata: Record<string, string> }}
 * @throws {SyntaxError} if `file` is not a safetensors file holding only F32 and U8 tensors
 */
export function decodeSafetensors(file) {
  const headerBytes = file.length >= 8 ? Number(file.readBigUInt64LE(0)) : Infinity;
  if (headerBytes > MAX_HEADER_BYTES || 8 + headerBytes > file.length) throw new SyntaxError('safetensors: no header');
  const header = parseHeader(file.toString('utf8', 8, 8 + headerBytes));
  const data = file.subarray(8 + headerBytes);
  /** @type {Record<string, Tensor>} */
  const tensors = Object.create(null);
  /** @type {Record<string, string>} */
  let metadata = {};
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') metadata = readMetadata(entry);
    else tensors[name] = readTensor(name, entry, data);
  }
  return { tensors, metadata };
}

/**
 * @param {string} json
 * @returns {Record<string, unknown>}
 */
function parseHeader(json) {
  /** @type {unknown} */
  const header = JSON.parse(json);
  if (typeof header !== 'object' || header === null || Array.isArray(header)) {
    throw new SyntaxError('safetensors: the header is not an object');
  }
  return /** @type {Record<string, unknown>} */ (header);
}

/**
 * @param {unknown} entry
 * @returns {Record<string, string>}
 */
function readMetadata(entry) {
  if (typeof entry !== 'object' || entry === null || Object.values(entry).some((value) => typeof value !== 'string')) {
    throw new SyntaxError('safetensors: the metadata is not a map of texts');
  }
  return /** @type {Record<string, string>} */ (entry);
}

/**
 * @param {string} name
 * @param {unknown} entry
 * @param {Buffer} data
 * @returns {Tensor}
 */
function readTensor(name, entry, data) {
  const { dtype, shape, data_offsets: offsets } = /** @type {Record<string, unknown>} */ (entry ?? {});
  if ((dtype !== 'F32' && dtype !== 'U8') || !isSizes(shape) || !isSizes(offsets)) {
    throw new SyntaxError(`safetensors: tensor ${name} is not described as F32 or U8`);
  }
  const [start = 0, end = 0] = offsets;
  const elements = shape.reduce((product, size) => product * size, 1);
  if (end > data.length || end - start !== elements * ELEMENT_BYTES[dtype]) {
    throw new SyntaxError(`safetensors: the bytes of tensor ${name} do not fit its shape`);
  }
  // A copy, because a Float32Array needs an aligned start.
  const bytes = Uint8Array.from(data.subarray(start, end));
  return { shape, data: dtype === 'F32' ? new Float32Array(bytes.buffer) : bytes };
}

/**
 * @param {unknown} value
 * @returns {value is number[]}
 */
function isSizes(value) {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

/**
 * @param {Float32Array | Uint8Array} array
 */
function bytesOf(array) {
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength);
}
