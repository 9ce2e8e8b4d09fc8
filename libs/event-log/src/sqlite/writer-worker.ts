// Entry of the writing thread.
import { dirname } from 'node:path';
import { openForWriting } from './database.ts';
import { lockFolder } from './folder-lock.ts';
import type { WriteAnswer, WriteBatch, WriterSetup } from './messages.ts';
import { serve } from './worker-desk.ts';
import { createWriter } from './writer.ts';

serve<WriterSetup, WriteBatch, WriteAnswer>(({ file, durability }) => {
  const release = lockFolder(dirname(file));
  try {
    const database = openForWriting(file, durability);
    const writer = createWriter(database);
    const close = () => {
      database.close();
      release();
    };
    return { answer: writer.write, tidy: writer.tidy, close };
  } catch (error) {
    release();
    throw error;
  }
});
