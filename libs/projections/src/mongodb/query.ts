// A query of the port as MongoDB's filter and order. It was checked before: fields are declared, values comparable.
import type { Filter, FindOptions, Sort } from 'mongodb';
import type { Query } from '../ports.ts';
import type { StoredDocument } from './collections.ts';

export function filterOf({ where = {}, range, afterKey }: Query): Filter<StoredDocument> {
  const conditions: Record<string, unknown>[] = Object.entries(where).map(([field, value]) => ({
    [`document.${field}`]: { $eq: value },
  }));
  if (range?.from !== undefined) conditions.push({ [`document.${range.field}`]: { $gte: range.from } });
  if (range?.to !== undefined) conditions.push({ [`document.${range.field}`]: { $lte: range.to } });
  if (afterKey !== undefined) conditions.push({ _id: { $gt: afterKey } });
  return conditions.length === 0 ? {} : ({ $and: conditions } as Filter<StoredDocument>);
}

export function optionsOf({ orderBy, limit }: Query): FindOptions {
  const direction = orderBy?.descending ? -1 : 1;
  const sort: Sort = orderBy ? { [`document.${orderBy.field}`]: direction, _id: direction } : { _id: 1 };
  return limit === undefined ? { sort } : { sort, limit };
}
