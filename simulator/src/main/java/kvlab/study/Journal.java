package kvlab.study;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import kvlab.workload.InputException;
import org.jspecify.annotations.Nullable;

/**
 * What a sweep has finished so far, a JSON object per line in the order of finishing. A line that the end
 * of a process cut short is dropped when the file is opened again, so its configuration runs again.
 */
final class Journal implements AutoCloseable {
  private final ObjectMapper mapper = new ObjectMapper();
  private final FileChannel channel;
  private final Map<Integer, SweepRow> rows = new TreeMap<>();

  /** Opens a journal, or begins one; nobody else can while it is open. */
  Journal(Path file) throws IOException {
    channel = FileChannel.open(
        file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      lock(file);
      String text = Files.readString(file);
      int end = text.lastIndexOf('\n') + 1;
      int number = 1;
      for (String line : text.substring(0, end).lines().toList()) {
        read(line, file + ":" + number++);
      }
      channel.truncate(text.substring(0, end).getBytes(StandardCharsets.UTF_8).length);
      channel.position(channel.size());
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private void lock(Path file) throws IOException {
    FileLock lock;
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException inThisProcess) {
      throw new InputException(file + ": another sweep is writing it", inThisProcess);
    }
    if (lock == null) {
      throw new InputException(file + ": another sweep is writing it");
    }
  }

  private void read(String line, String place) {
    try {
      JsonNode node = mapper.readTree(line);
      JsonNode failure = node.get("failure");
      Map<String, String> cells = new LinkedHashMap<>();
      for (Map.Entry<String, JsonNode> cell : node.path("cells").properties()) {
        cells.put(cell.getKey(), cell.getValue().asText());
      }
      if (!node.path("row").isInt() || (failure == null && cells.isEmpty())) {
        throw new InputException(place + ": not a line of a sweep's journal");
      }
      SweepRow row = new SweepRow(
          cells, failure == null ? "" : failure.asText(), node.path("broken").asBoolean());
      rows.put(node.path("row").asInt(), row);
    } catch (JsonProcessingException e) {
      throw new InputException(place + ": not a line of a sweep's journal", e);
    }
  }

  /** Adds a row; it is in the file when this returns. */
  synchronized void add(int index, SweepRow row) throws IOException {
    ObjectNode node = mapper.createObjectNode().put("row", index);
    if (row.failed()) {
      node.put("failure", row.failure());
      if (row.broken()) {
        node.put("broken", true);
      }
    } else {
      ObjectNode cells = node.putObject("cells");
      row.cells().forEach(cells::put);
    }
    ByteBuffer bytes =
        ByteBuffer.wrap((mapper.writeValueAsString(node) + "\n").getBytes(StandardCharsets.UTF_8));
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
    rows.put(index, row);
  }

  /** The row of a configuration, if it has finished. */
  synchronized @Nullable SweepRow row(int index) {
    return rows.get(index);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
