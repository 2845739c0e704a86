package kvlab.workload.fetch;

import java.nio.file.Path;

/**
 * A public trace on this machine.
 *
 * @param file where it is
 * @param bytes its size
 * @param sha256 its checksum
 * @param checked whether that is the published checksum; false where none is published
 * @param wasThere whether it was there before
 */
public record Fetched(Path file, long bytes, String sha256, boolean checked, boolean wasThere) {}
