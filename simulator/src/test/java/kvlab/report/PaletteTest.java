package kvlab.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import kvlab.design.Design;
import kvlab.design.Designs;
import org.junit.jupiter.api.Test;

final class PaletteTest {
  /** L* units; about 2 can just be told apart side by side. */
  private static final double LEAST_BETWEEN_NEIGHBOURS = 17;

  private static final double LEAST_BETWEEN_ANY = 8;

  @Test
  void partsDifferInGreyscale() {
    Part[] parts = Part.values();
    for (int a = 0; a < parts.length; a++) {
      for (int b = a + 1; b < parts.length; b++) {
        double apart =
            Math.abs(Palette.lightness(parts[a].color()) - Palette.lightness(parts[b].color()));
        double least = b == a + 1 ? LEAST_BETWEEN_NEIGHBOURS : LEAST_BETWEEN_ANY;
        assertTrue(apart >= least, parts[a] + " and " + parts[b] + " are only " + apart + " apart");
      }
    }
  }

  @Test
  void lightnessRunsFromBlackToWhite() {
    assertEquals(0, Palette.lightness(Color.BLACK), 1e-9);
    assertEquals(100, Palette.lightness(Color.WHITE), 0.01);
    assertEquals(53.24, Palette.lightness(Color.RED), 0.01); // CIE L* of sRGB red
  }

  @Test
  void designsDifferInColourAndInDashOrMarker() {
    Set<Color> colors = new HashSet<>();
    Set<String> styles = new HashSet<>();
    for (String design : SampleRun.SIX) {
      Palette.Look look = Palette.of(design);
      colors.add(look.color());
      styles.add(look.dash() + " " + look.marker());
      assertTrue(Palette.lightness(look.color()) < 75, design + " is too pale for a line on white");
    }
    assertEquals(6, colors.size());
    assertEquals(6, styles.size());
  }

  /** Those of kvlab; the example design is a user's. */
  private static List<String> designs() {
    return Designs.all().stream()
        .map(Design::name)
        .filter(name -> !name.equals("headroom"))
        .toList();
  }

  @Test
  void everyDesignHasAColourOfItsOwn() {
    Set<Color> colors = new HashSet<>();
    for (String design : designs()) {
      Color color = Palette.of(design).color();
      assertTrue(colors.add(color), design + " has the colour of another one");
      assertTrue(Palette.lightness(color) < 75, design + " is too pale for a line on white");
    }
  }

  @Test
  void unknownDesignKeepsItsLookAndTakesNoKnownColour() {
    Palette.Look look = Palette.of("some-new-design");
    assertEquals(look, Palette.of("some-new-design"));
    for (String design : designs()) {
      assertNotEquals(Palette.of(design).color(), look.color());
    }
  }
}
