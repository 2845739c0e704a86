package kvlab.gpu.validate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import kvlab.gpu.device.CudaException;
import kvlab.gpu.device.DeviceMemory;
import kvlab.gpu.device.VirtualMemory;
import kvlab.gpu.kernel.ElementType;
import kvlab.gpu.run.Resources;

/** M1 to M3: what allocations cost, by the device's own count of free memory. */
final class MemoryParts {
  private static final long MAPPING_BYTES = 2L << 20; // what the driver maps memory in
  private static final long PROBED_BYTES = 1L << 30; // more than a driver keeps
  private static final long MOST_MAPPED_BYTES =
      8L << 30; // 4096 pages; each is some calls to the driver
  private static final int[] PAGE_TOKENS = {16, 32, 64, 128, 256};

  private MemoryParts() {}

  private static long mapped(long bytes) {
    return (bytes + MAPPING_BYTES - 1) / MAPPING_BYTES * MAPPING_BYTES;
  }

  /** M1: a pool costs its bytes, rounded up to 2 MiB, from either allocator. */
  static List<Finding> pools(Bench bench, Path out) {
    List<Finding> findings = new ArrayList<>();
    long free = bench.device.freeBytes();
    for (int percent : bench.scale.memoryFractions()) {
      long bytes = free / 100 * percent + 12_345; // not a multiple of anything
      long before = bench.device.freeBytes();
      try (DeviceMemory pool = bench.device.allocate(bytes)) {
        long taken = before - bench.device.freeBytes();
        findings.add(Finding.counted(
            "M1",
            String.format(Locale.ROOT, "%.1f GiB by cuMemAlloc", bytes / (double) (1L << 30)),
            "bytes",
            mapped(pool.bytes()),
            taken,
            0.1));
      }
      if (bytes > MOST_MAPPED_BYTES) {
        continue;
      }
      try (VirtualMemory range = new VirtualMemory(0, bytes)) {
        long pages = mapped(bytes) / range.pageBytes();
        long start = bench.device.freeBytes();
        for (long i = 0; i < pages; i++) {
          range.mapNext();
        }
        long taken = start - bench.device.freeBytes();
        findings.add(Finding.counted(
            "M1",
            String.format(
                Locale.ROOT, "%.1f GiB by mapping 2 MiB pages", bytes / (double) (1L << 30)),
            "bytes",
            pages * range.pageBytes(),
            taken,
            0.1));
      }
    }
    return findings;
  }

  /** How much a sequence of so many tokens is given. */
  private record Rule(String name, int granuleTokens, boolean pow2, boolean max) {
    long tokens(int length, int maxTokens) {
      if (max) {
        return maxTokens;
      }
      if (pow2) {
        return length <= 1 ? 1 : Integer.highestOneBit(length - 1) * 2L;
      }
      return (length + granuleTokens - 1L) / granuleTokens * granuleTokens;
    }
  }

  private static List<Rule> rules(int tokensPerMapping) {
    List<Rule> rules = new ArrayList<>();
    rules.add(new Rule("contiguous maximum", 1, false, true));
    rules.add(new Rule("contiguous power of two", 1, true, false));
    for (int pageTokens : PAGE_TOKENS) {
      rules.add(new Rule("pages of " + pageTokens, pageTokens, false, false));
    }
    rules.add(new Rule("mapped 2 MiB", tokensPerMapping, false, false));
    return rules;
  }

  /** Bytes of a token in one layer's K and V, at the suite's shape. */
  private static long tokenBytes(Bench bench) {
    return 2L * ElementType.BYTES * bench.scale.heads(1).kvElements();
  }

  private static int[] lengths(int count, int maxTokens) {
    SplittableRandom random = new SplittableRandom(7);
    int[] lengths = new int[count];
    for (int i = 0; i < count; i++) {
      double u = 1 - random.nextDouble();
      double normal = StrictMath.sqrt(-2 * StrictMath.log(u))
          * StrictMath.cos(2 * Math.PI * random.nextDouble());
      double tokens = maxTokens / 8.0 * StrictMath.exp(normal); // skewed, as chats are
      lengths[i] = (int) Math.max(1, Math.min(maxTokens, Math.round(tokens)));
    }
    return lengths;
  }

  /** M2: live share of what sequences hold; each sequence of every rule is really allocated. */
  static List<Finding> waste(Bench bench, Path out) throws IOException {
    List<Finding> findings = new ArrayList<>();
    long tokenBytes = tokenBytes(bench);
    int tokensPerMapping = (int) (MAPPING_BYTES / tokenBytes);
    int maxTokens = 8 * tokensPerMapping;
    int[] lengths = lengths(16, maxTokens);
    StringBuilder csv = new StringBuilder("rule,sequence,tokens,given_tokens,taken_bytes\n");
    for (Rule rule : rules(tokensPerMapping)) {
      long live = 0;
      long predicted = 0;
      long before = bench.device.freeBytes();
      try (Resources held = new Resources()) {
        long pageBytes = 0; // pages of all sequences come from one pool, as they do in engines
        for (int i = 0; i < lengths.length; i++) {
          long given = rule.tokens(lengths[i], maxTokens);
          live += lengths[i] * tokenBytes;
          boolean paged = rule.name().startsWith("pages");
          long bytes = given * tokenBytes;
          long was = bench.device.freeBytes();
          if (paged) {
            pageBytes += bytes;
          } else if (rule.name().startsWith("mapped")) {
            VirtualMemory range = held.add(new VirtualMemory(0, bytes));
            for (long at = 0; at < bytes; at += range.pageBytes()) {
              range.mapNext();
            }
            predicted += mapped(bytes);
          } else {
            held.add(bench.device.allocate(mapped(bytes))); // its own 2 MiB, as a region has
            predicted += mapped(bytes);
          }
          csv.append(String.format(
              Locale.ROOT,
              "%s,%d,%d,%d,%d\n",
              rule.name(),
              i,
              lengths[i],
              given,
              was - bench.device.freeBytes()));
        }
        if (pageBytes > 0) {
          held.add(bench.device.allocate(mapped(pageBytes)));
          predicted += mapped(pageBytes);
        }
        double share = 100.0 * live / predicted;
        double found = 100.0 * live / (before - bench.device.freeBytes());
        findings.add(
            new Finding("M2", rule.name() + ": live share", "%", share, found, share - found, 0.1));
      }
    }
    Files.writeString(out.resolve("m2.csv"), csv.toString());
    return findings;
  }

  /** What is left when the driver refuses the least that it can give. */
  private static long keptBytes(Bench bench) {
    try (Resources held = new Resources()) {
      held.add(
          bench.device.allocate(Math.max(MAPPING_BYTES, bench.device.freeBytes() - PROBED_BYTES)));
      try {
        while (true) {
          held.add(bench.device.allocate(MAPPING_BYTES));
        }
      } catch (CudaException e) {
        if (!e.isOutOfMemory()) {
          throw e;
        }
        return bench.device.freeBytes();
      }
    }
  }

  /** M3: how many sequences a memory of a given size admits before the device refuses. */
  static List<Finding> admissions(Bench bench, Path out) {
    List<Finding> findings = new ArrayList<>();
    long tokenBytes = tokenBytes(bench);
    int tokensPerMapping = (int) (MAPPING_BYTES / tokenBytes);
    int maxTokens = 64 * tokensPerMapping;
    int length = 20 * tokensPerMapping + 7;
    long kept = keptBytes(bench);
    findings.add(Finding.reported(
        "M3", "free by the driver's count and yet refused", "bytes", (double) kept));
    for (Rule rule : rules(tokensPerMapping)) {
      if (rule.name().startsWith("pages")) {
        continue; // a pool's pages are counted by the allocator, not by the device
      }
      long bytes = mapped(rule.tokens(length, maxTokens) * tokenBytes);
      long room = bench.device.freeBytes();
      // all but what 40 sequences and a half take is filled up first, so that refusal comes soon
      long left = kept + 40 * bytes + bytes / 2;
      long filler = Math.max(MAPPING_BYTES, (room - left) / MAPPING_BYTES * MAPPING_BYTES);
      try (Resources held = new Resources()) {
        held.add(bench.device.allocate(filler));
        long predicted = (bench.device.freeBytes() - kept) / bytes;
        long admitted = 0;
        try {
          while (true) {
            if (rule.name().startsWith("mapped")) {
              VirtualMemory range = held.add(new VirtualMemory(0, bytes));
              for (long at = 0; at < bytes; at += range.pageBytes()) {
                range.mapNext();
              }
            } else {
              held.add(bench.device.allocate(bytes));
            }
            admitted++;
          }
        } catch (CudaException e) {
          if (!e.isOutOfMemory()) {
            throw e;
          }
        }
        findings.add(Finding.counted(
            "M3", rule.name() + ": sequences until refused", "", predicted, admitted, 0));
      }
    }
    return findings;
  }
}
