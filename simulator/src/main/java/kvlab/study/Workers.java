package kvlab.study;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Runs tasks in several threads. */
public final class Workers {
  private Workers() {}

  /** Something to do. */
  public interface Task<T> {
    T run() throws IOException;
  }

  /** Runs the tasks, so many at once; their results in order. The first failure stops all. */
  public static <T> List<T> run(List<Task<T>> tasks, int threads) throws IOException {
    if (tasks.isEmpty()) {
      return List.of();
    }
    ExecutorService executor = Executors.newFixedThreadPool(Math.min(tasks.size(), threads));
    CompletionService<T> ended = new ExecutorCompletionService<>(executor);
    try {
      List<Future<T>> futures = new ArrayList<>();
      for (Task<T> task : tasks) {
        futures.add(ended.submit(task::run));
      }
      for (int i = 0; i < futures.size(); i++) {
        result(next(ended)); // a failure is seen when it happens, not in the order of the tasks
      }
      List<T> results = new ArrayList<>();
      for (Future<T> future : futures) {
        results.add(result(future));
      }
      return results;
    } finally {
      stop(executor);
    }
  }

  private static <T> Future<T> next(CompletionService<T> ended) throws IOException {
    try {
      return ended.take();
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private static IOException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new IOException("interrupted", e);
  }

  private static <T> T result(Future<T> future) throws IOException {
    try {
      return future.get();
    } catch (InterruptedException e) {
      throw interrupted(e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      if (e.getCause() instanceof IOException cause) {
        throw cause;
      }
      if (e.getCause() instanceof Error cause) {
        throw cause;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  /** Waits for runs that a failure of another one has made useless, so that none writes any more. */
  private static void stop(ExecutorService executor) {
    executor.shutdownNow();
    try {
      executor.awaitTermination(1, TimeUnit.MINUTES);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
