package kvlab.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import kvlab.workload.RequestStream;
import kvlab.workload.TraceBuilder;
import org.junit.jupiter.api.Test;

final class InboxTest {
  @Test
  void givesWhatWasSentAndForgetsWhatWasRead() {
    long seed = 7;
    SplittableRandom random = new SplittableRandom(seed);
    TraceBuilder trace = new TraceBuilder("sent");
    for (int i = 0; i < 100_000; i++) {
      trace.add(i, i, 1 + i % 7, 1 + i % 5);
    }
    RequestStream sent = trace.build().stream();
    Inbox inbox = new Inbox();
    int read = 0;
    for (int i = 0; i < 100_000; ) {
      for (int n = random.nextInt(200); n > 0 && i < 100_000; n--, i++) {
        assertTrue(sent.next());
        inbox.send(sent);
      }
      for (int n = i - read - random.nextInt(3); n > 0; n--) {
        assertTrue(inbox.next(), "seed=" + seed);
        assertEquals(read, inbox.id());
        assertEquals(1 + read % 7, inbox.promptTokens());
        assertEquals(1 + read % 5, inbox.outputTokens());
        read++;
      }
    }
    while (read < 100_000) {
      assertTrue(inbox.next());
      assertEquals(read++, inbox.id());
    }
    assertFalse(inbox.next());
    assertTrue(inbox.capacity() < 2000, "room for " + inbox.capacity() + " although few waited");
  }
}
