// Keeps replicas with different secrets apart: what one has written, the others could not make anything of.
import { FaultError, fault } from '@waybill/kernel';
import { isDuplicateKey, type MongoConnection, mongoFault } from '@waybill/mongodb';

interface SecretDocument {
  readonly _id: 'secret';
  readonly fingerprint: string;
  readonly since: Date;
}

/** Throws a FaultError `conflict` that says how to mend it when other replicas have another secret. */
export async function agreeOnSecret(connection: MongoConnection, fingerprint: string, file: string): Promise<void> {
  const database = connection.database('gateway');
  const documents = database.collection<SecretDocument>('settings');
  try {
    const found = await documents.findOne({ _id: 'secret' });
    if (found?.fingerprint === fingerprint) return;
    if (found === null) await documents.insertOne({ _id: 'secret', fingerprint, since: new Date() });
    else throw otherSecret(file, `${database.databaseName}.settings`);
  } catch (thrown) {
    // Another replica has come first: its word counts.
    if (isDuplicateKey(thrown)) return agreeOnSecret(connection, fingerprint, file);
    throw mongoFault(thrown, 'the fingerprint of the secret in MongoDB cannot be read');
  }
}

function otherSecret(file: string, collection: string): FaultError {
  const message =
    `the secret in ${file} is not the one that the gateways of this deployment have: give all of them the same file, ` +
    'by server.secret_file or WAYBILL_SECRET_FILE. To begin anew with another one, stop all gateways and remove the ' +
    `document "secret" from ${collection}: issued virtual keys, kept answers and pseudonyms of users then change`;
  return new FaultError(fault('conflict', message, { details: { reason: 'other_secret' } }));
}
