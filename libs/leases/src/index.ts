export { type MongoLeasesOptions, openMongoLeases } from './mongodb/mongo-leases.ts';
export type { Lease, LeaseHolder, LeaseOptions, Leases } from './ports.ts';
export { soleLeases } from './sole-leases.ts';
