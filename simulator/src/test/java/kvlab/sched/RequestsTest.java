package kvlab.sched;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

final class RequestsTest {
  /** Two requests decode; one joins the cohort for 3 steps, with one after it, and both have what they would have. */
  @Test
  void aCohortStepsForAllThatAreInIt() {
    Requests requests = new Requests();
    int first = decoding(requests, 10);
    int second = decoding(requests, 20);
    requests.joinCohort(first);
    requests.advanceCohort(3);
    requests.joinCohort(second);
    requests.advanceCohort(1);
    requests.leaveCohort(first);
    requests.advanceCohort(5);
    assertEquals(14, requests.computedTokens(first));
    assertEquals(15, requests.knownTokens(first));
    assertEquals(26, requests.computedTokens(second));
    assertEquals(27, requests.knownTokens(second));
    assertEquals(14 + 26, requests.placedTokens());
    requests.leaveCohort(second);
    requests.place(second, Requests.NO_ROW);
    assertEquals(14, requests.placedTokens());
    assertEquals(26, requests.computedTokens(second));
  }

  /** A cohort that nobody is in begins anew, so its steps reach the limit only with somebody who takes as many. */
  @Test
  void aCohortMayStepUpToItsLimitAgainAndAgain() {
    Requests requests = new Requests();
    for (int i = 0; i < 10; i++) {
      int early = decoding(requests, 10);
      requests.joinCohort(early);
      requests.advanceCohort(Requests.COHORT_LIMIT - 100);
      int late = decoding(requests, Requests.COHORT_LIMIT - 20);
      requests.joinCohort(late);
      requests.advanceCohort(10);
      assertEquals(Requests.COHORT_LIMIT - 80, requests.computedTokens(early));
      assertEquals(Requests.COHORT_LIMIT - 9, requests.knownTokens(late));
      requests.leaveCohort(early);
      requests.leaveCohort(late);
      assertEquals(Requests.COHORT_LIMIT - 79, requests.knownTokens(early));
      assertEquals(Requests.COHORT_LIMIT - 10, requests.computedTokens(late));
    }
  }

  @Test
  void whoIsInTheCohortKeepsItsRow() {
    Requests requests = new Requests();
    int request = decoding(requests, 10);
    requests.joinCohort(request);
    assertThrows(IllegalStateException.class, () -> requests.place(request, Requests.NO_ROW));
  }

  private static int decoding(Requests requests, int prompt) {
    int request = requests.add(prompt, 0, prompt, 0, 0);
    requests.place(request, request);
    requests.computed(request, prompt);
    requests.sampled(request);
    return request;
  }
}
