// Entry of the reading thread: its own connection, so that long reads do not hold up appends.
import { openForReading } from './database.ts';
import type { Page, ReaderSetup, ReadRequest } from './messages.ts';
import { createPageReader } from './page-reader.ts';
import { readFault } from './store-faults.ts';
import { serve } from './worker-desk.ts';

serve<ReaderSetup, ReadRequest, Page>(({ file }) => {
  const database = openForReading(file);
  return {
    answer: createPageReader(database),
    transferred: (page) => [page.envelopes.buffer],
    close: () => database.close(),
  };
}, readFault);
