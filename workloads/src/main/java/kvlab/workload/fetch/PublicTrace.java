package kvlab.workload.fetch;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import kvlab.workload.InputException;
import kvlab.workload.TraceFormat;

/**
 * A trace that its authors offer for download; a line of {@code traces.csv}.
 *
 * <pre>
 *   name,address,licence,bytes,sha256,format,description
 * </pre>
 *
 * @param name what to ask for
 * @param address where it is
 * @param licence its SPDX name
 * @param bytes size of the file where it is known
 * @param sha256 checksum in hexadecimal, empty where it is not known
 * @param format how to read it
 * @param description one line
 */
public record PublicTrace(
    String name,
    URI address,
    String licence,
    OptionalLong bytes,
    String sha256,
    TraceFormat format,
    String description) {
  private static final String MANIFEST = "/kvlab/workload/traces.csv";
  private static final int FIELDS = 7;

  /** All that are listed, in the order of the list. */
  public static List<PublicTrace> all() {
    try (InputStream in = PublicTrace.class.getResourceAsStream(MANIFEST)) {
      if (in == null) {
        throw new IllegalStateException("the list of public traces is missing: " + MANIFEST);
      }
      BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
      return lines.lines().skip(1).map(PublicTrace::parse).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The trace of that name. */
  public static PublicTrace named(String name) {
    return all().stream()
        .filter(trace -> trace.name.equals(name))
        .findFirst()
        .orElseThrow(
            () -> new InputException("unknown public trace '" + name + "'; known are " + names()));
  }

  private static String names() {
    return all().stream().map(PublicTrace::name).collect(Collectors.joining(", "));
  }

  /** What the file is called here: the name, and the ending of the original. */
  public String fileName() {
    String path = address.getPath();
    return name + path.substring(path.lastIndexOf('.'));
  }

  private static PublicTrace parse(String line) {
    String[] fields = line.split(",", -1);
    if (fields.length != FIELDS) {
      throw new IllegalStateException("not a public trace: " + line);
    }
    return new PublicTrace(
        fields[0],
        URI.create(fields[1]),
        fields[2],
        fields[3].isEmpty() ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(fields[3])),
        fields[4],
        TraceFormat.named(fields[5]),
        fields[6]);
  }
}
