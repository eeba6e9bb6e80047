export { decodeCursor, encodeCursor } from './cursor.js';
export { base62, newId, uploadToken } from './ids.js';
