import { type ServerProcess } from './server-process.ts';
/** Claims that the server is at hand; suites that need it are skipped without: `(hasMongo ? describe : describe.skip)(...)`. */
export declare const hasMongo: boolean;
export interface MongoOptions {
  /** Keeps the data here, also after `stop`; by default in a folder that `stop` removes. */
  dataDirectory?: string;
  /** By default a free one; a replica set that is started again on its data must have the port it had. */
  port?: number;
}
export interface MongoReplicaSet extends ServerProcess {
  /** Connection string without a database: `mongodb://127.0.0.1:<port>/?replicaSet=waybill` */
  uri: string;
  port: number;
}
export declare function startMongoReplicaSet(options?: MongoOptions): Promise<MongoReplicaSet>;
