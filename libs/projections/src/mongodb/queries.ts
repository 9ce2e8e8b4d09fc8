// Queries in MongoDB's words. They have been checked: their fields are declared, their values text, bigints or null.
import type { Document as MongoDocument, Sort } from 'mongodb';
import type { DocumentValue, Query } from '../ports.ts';
import { toBsonValue } from './bson-document.ts';
import { storedName } from './field-names.ts';

export function filterOf({ where = {}, range, afterKey }: Query): MongoDocument {
  const conditions: MongoDocument[] = Object.entries(where).map(([field, value]) => ({
    [storedName(field)]: { $eq: toBsonValue(value) },
  }));
  if (range?.from !== undefined) conditions.push({ [storedName(range.field)]: atLeast(range.from) });
  if (range?.to !== undefined) conditions.push({ [storedName(range.field)]: atMost(range.to) });
  if (afterKey !== undefined) conditions.push({ _id: { $gt: afterKey } });
  return conditions.length === 0 ? {} : { $and: conditions };
}

/** The simple order of MongoDB is the port's: nothing, then integers, then text by its bytes. */
export function sortOf({ orderBy }: Query): Sort {
  if (!orderBy) return { _id: 1 };
  const direction = orderBy.descending ? -1 : 1;
  return { [storedName(orderBy.field)]: direction, _id: direction };
}

/** Comparisons look at values of the bound's own type alone; all text is after all integers. */
function atLeast(from: DocumentValue): MongoDocument {
  const bound = toBsonValue(from);
  return typeof from === 'bigint' ? { $not: { $lt: bound }, $ne: null } : { $gte: bound };
}

function atMost(to: DocumentValue): MongoDocument {
  const bound = toBsonValue(to);
  return typeof to === 'string' ? { $not: { $gt: bound }, $ne: null } : { $lte: bound };
}
