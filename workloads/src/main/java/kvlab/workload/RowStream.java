package kvlab.workload;

/**
 * The requests of one open file, read as they are asked for; they must stand in order of arrival. Times
 * that are dates count from the first request.
 */
final class RowStream implements RequestStream {
  private final RequestRows rows;
  private final Runnable atEnd;
  private boolean started;
  private long firstNanos;
  private long arrivalNanos;

  RowStream(RequestRows rows, Runnable atEnd) {
    this.rows = rows;
    this.atEnd = atEnd;
  }

  @Override
  public boolean next() {
    if (!rows.next()) {
      atEnd.run();
      return false;
    }
    long nanos = rows.row().arrivalNanos;
    if (!started) {
      firstNanos = rows.dated() ? nanos : 0;
      started = true;
    }
    if (nanos - firstNanos < arrivalNanos) {
      throw new OutOfOrderException(rows.place() + ": arrives before the request above it");
    }
    arrivalNanos = nanos - firstNanos;
    return true;
  }

  @Override
  public long id() {
    return rows.id();
  }

  @Override
  public long arrivalNanos() {
    return arrivalNanos;
  }

  @Override
  public int promptTokens() {
    return rows.row().promptTokens;
  }

  @Override
  public int outputTokens() {
    return rows.row().outputTokens;
  }

  @Override
  public int priority() {
    return rows.row().priority;
  }

  @Override
  public long promptKey() {
    return rows.row().keyed ? rows.row().promptKey : rows.id();
  }

  @Override
  public int hashBlockTokens() {
    return rows.hashBlockTokens();
  }

  @Override
  public int hashCount() {
    return rows.row().hashCount;
  }

  @Override
  public long hashId(int index) {
    return rows.row().hashIds[index];
  }
}
