import type { MongoConnection } from '@waybill/mongodb';
import { eventReader } from '../page-stream.ts';
import type { EventReader } from '../ports.ts';
import { archiveCollections } from './archive-documents.ts';
import { archiveSource } from './archive-source.ts';
import { watchArchive } from './archive-watch.ts';

export interface ArchiveReader extends EventReader {
  close(): Promise<void>;
}

/**
 * Reads the archive without NATS: its end is how far it has come. For commands that look at the record, whether or not
 * a producer or an archiver is running.
 */
export function openArchiveReader(connection: MongoConnection): ArchiveReader {
  const collections = archiveCollections(connection);
  const watch = watchArchive(collections.checkpoint);
  const end = async () => (await watch.ask()).end;
  return {
    ...eventReader(archiveSource({ collections, watch, end })),
    async close() {
      watch.close();
    },
  };
}
