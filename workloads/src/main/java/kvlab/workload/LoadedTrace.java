package kvlab.workload;

/**
 * A trace with what there is to know about where it came from.
 *
 * @param <T> a trace in memory, or one that is read as it is replayed
 * @param trace the requests
 * @param format how the file was read
 * @param rows what became of its rows
 * @param sha256 of the file's bytes as stored, compressed or not, in hexadecimal
 * @param timed false for a mere list of lengths, whose requests all arrive at 0
 */
public record LoadedTrace<T extends RequestSource>(
    T trace, TraceFormat format, RowCounts rows, String sha256, boolean timed) {}
