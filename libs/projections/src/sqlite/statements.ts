// The SQL of one collection.
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { indexedFields } from '../document-rules.ts';
import type { CollectionDefinition, Query } from '../ports.ts';
import { columnName } from './tables.ts';

/** The statements of a collection that are used over and over. */
export interface CollectionStatements {
  readonly table: string;
  readonly select: StatementSync;
  /** Key, document text, and one value per indexed field. */
  readonly upsert: StatementSync;
  readonly remove: StatementSync;
}

export function prepareCollection(
  database: DatabaseSync,
  table: string,
  collection: CollectionDefinition,
): CollectionStatements {
  const columns = ['key', 'document', ...indexedFields(collection).map(columnName)];
  const places = columns.map(() => '?').join(', ');
  const updates = columns.slice(1).map((column) => `${column} = excluded.${column}`);
  const conflict = `ON CONFLICT (key) DO UPDATE SET ${updates.join(', ')}`;
  return {
    table,
    select: database.prepare(`SELECT document FROM ${table} WHERE key = ?`),
    upsert: database.prepare(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${places}) ${conflict}`),
    remove: database.prepare(`DELETE FROM ${table} WHERE key = ?`),
  };
}

interface SqlPart {
  readonly sql: string;
  readonly values: readonly SQLInputValue[];
}

/** The statement of a query that has been checked: its fields are declared, its values text, bigints or null. */
export function findStatement(table: string, query: Query): SqlPart {
  const conditions = conditionsOf(query);
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.map(({ sql }) => sql).join(' AND ')}`;
  const limit = query.limit === undefined ? '' : ' LIMIT ?';
  const values = conditions.flatMap((condition) => condition.values);
  return {
    sql: `SELECT key, document FROM ${table}${where} ORDER BY ${orderOf(query)}${limit}`,
    values: query.limit === undefined ? values : [...values, query.limit],
  };
}

function conditionsOf({ where = {}, range, afterKey }: Query): SqlPart[] {
  const conditions: SqlPart[] = Object.entries(where).map(([field, value]) =>
    condition(`${columnName(field)} IS ?`, value),
  );
  if (range?.from !== undefined) conditions.push(condition(`${columnName(range.field)} >= ?`, range.from));
  if (range?.to !== undefined) conditions.push(condition(`${columnName(range.field)} <= ?`, range.to));
  if (afterKey !== undefined) conditions.push(condition('key > ?', afterKey));
  return conditions;
}

function condition(sql: string, value: unknown): SqlPart {
  return { sql, values: [value as SQLInputValue] };
}

function orderOf({ orderBy }: Query): string {
  if (!orderBy) return 'key';
  const direction = orderBy.descending ? ' DESC' : '';
  return `${columnName(orderBy.field)}${direction}, key${direction}`;
}
