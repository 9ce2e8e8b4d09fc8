export { connectMongo, type MongoConnection, type MongoOptions } from './connection.ts';
export { isDuplicateKey, mongoFault } from './faults.ts';
export { inTransaction } from './transaction.ts';
