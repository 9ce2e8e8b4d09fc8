export { connectMongo, type MongoConnection, type MongoOptions } from './connection.ts';
export { failedOperation, isDuplicateKey, mongoFault } from './faults.ts';
export { inSnapshot, type SnapshotRead } from './snapshot.ts';
export { inTransaction } from './transaction.ts';
export { type MongoWriter, type MongoWriterOptions, mongoWriter } from './writer.ts';
