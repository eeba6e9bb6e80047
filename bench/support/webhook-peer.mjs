// The plainest receiver that keeps the same promise: verifies the same signature and does one durable insert through the
// same driver before it answers. node webhook-peer.mjs <database url> <secret>; says its port in one line.
import { createHmac, timingSafeEqual } from 'node:crypto';
import BetterSqlite from 'better-sqlite3';
import express from 'express';
import mysql from 'mysql2/promise';
import pg from 'pg';

const [databaseUrl, secret] = process.argv.slice(2);
const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
const POOL_SIZE = 10;

const openers = {
  sqlite: async () => {
    const database = new BetterSqlite(decodeURIComponent(databaseUrl.replace('sqlite://', '')));
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    database.exec('CREATE TABLE peer_deliveries (id varchar(256) PRIMARY KEY, received_at_ms bigint, body text)');
    const insert = database.prepare('INSERT INTO peer_deliveries VALUES (?, ?, ?) ON CONFLICT DO NOTHING');
    return async (...row) => insert.run(...row).changes === 1;
  },
  postgres: async () => {
    const pool = new pg.Pool({ connectionString: databaseUrl, max: POOL_SIZE });
    await pool.query('CREATE TABLE peer_deliveries (id varchar(256) PRIMARY KEY, received_at_ms bigint, body text)');
    const text = 'INSERT INTO peer_deliveries VALUES ($1, $2, $3) ON CONFLICT DO NOTHING';
    return async (...values) => (await pool.query({ name: 'insert', text, values })).rowCount === 1;
  },
  mysql: async () => {
    const pool = mysql.createPool({ uri: databaseUrl, connectionLimit: POOL_SIZE });
    await pool.query(
      'CREATE TABLE peer_deliveries (id varchar(256) PRIMARY KEY, received_at_ms bigint, body longtext)',
    );
    return async (...row) =>
      (await pool.execute('INSERT IGNORE INTO peer_deliveries VALUES (?, ?, ?)', row))[0].affectedRows === 1;
  },
};

const insert = await openers[databaseUrl.slice(0, databaseUrl.indexOf(':'))]();

function isSigned({ headers, body }) {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures = '' } = headers;
  if (!id || Math.abs(Date.now() / 1000 - Number(timestamp)) > 300) return false;
  const wanted = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
  return signatures.split(' ').some((signature) => {
    const given = Buffer.from(signature.replace(/^v1,/, ''), 'base64');
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  });
}

const app = express();
app.post('/webhook', express.raw({ type: () => true, limit: '10mb' }), async (request, response) => {
  if (!isSigned(request)) return void response.status(401).end();
  const isNew = await insert(request.headers['webhook-id'], Date.now(), JSON.stringify(JSON.parse(request.body)));
  response.json({ status: isNew ? 'received' : 'duplicate' });
});
const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port));
