/**
 * Identifiers and whatever else comes from chance: ids that sort by creation, random secrets, upload tokens; and the opaque
 * cursors that lists hand out.
 */
export { decodeCursor, encodeCursor } from './cursor.js';
export { base62, idAt, isId, newId, newRandomId, uploadToken } from './ids.js';
