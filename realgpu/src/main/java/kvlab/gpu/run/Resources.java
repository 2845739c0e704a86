package kvlab.gpu.run;

import java.util.ArrayDeque;
import java.util.Deque;

/** What a device object has opened, to be closed in the opposite order, also when opening goes wrong. */
public final class Resources implements AutoCloseable {
  private final Deque<AutoCloseable> open = new ArrayDeque<>();

  public <T extends AutoCloseable> T add(T resource) {
    open.push(resource);
    return resource;
  }

  @Override
  public void close() {
    RuntimeException first = null;
    while (!open.isEmpty()) {
      try {
        open.pop().close();
      } catch (RuntimeException e) {
        first = first == null ? e : first;
      } catch (Exception e) {
        throw new IllegalStateException(e); // none of them declares one
      }
    }
    if (first != null) {
      throw first;
    }
  }
}
