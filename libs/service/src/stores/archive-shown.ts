// How the archive stands to the stream, for whoever watches this process.
import type { ArchiveStanding } from '@waybill/event-log';
import type { Metrics } from '@waybill/telemetry';

export interface ArchiveShown {
  /** Undefined when another process is in charge of the archive, or there is none. */
  show(standing: ArchiveStanding | undefined): void;
}

/** The metrics are there in every process; they have values in the one that is in charge. */
export function showArchive(metrics: Metrics): ArchiveShown {
  let shown: ArchiveStanding | undefined;
  const watch = (name: string, help: string, figure: keyof ArchiveStanding) =>
    metrics.watch(name, help, { read: () => (shown === undefined ? [] : [{ value: shown[figure] }]) });
  watch('waybill_archive_lag_batches', 'Batches of the stream that the archive does not have yet.', 'messagesBehind');
  watch('waybill_stream_bytes', 'Bytes that the stream of events holds.', 'streamBytes');
  watch('waybill_stream_max_bytes', 'Bytes that the stream of events may hold.', 'streamBytesMax');
  return {
    show(standing) {
      shown = standing;
    },
  };
}
