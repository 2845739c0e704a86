package kvlab.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import kvlab.workload.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tech.tablesaw.api.Table;

class TablesTest {
  @TempDir
  Path folder;

  @Test
  void tellsNumbersFromTextAndWritesThem() throws IOException {
    Path csv = folder.resolve("t.csv");
    Files.writeString(csv, """
        # a remark
        design,live_pct,pages,note
        a<b,90.25,16,-
        c,,1.5E3,"x, y"
        """);
    Table table = Tables.read(csv);
    assertEquals(90.25, table.doubleColumn("live_pct").getDouble(0));
    assertEquals("-", table.stringColumn("note").get(0));
    assertEquals("""
        <table>
        <tr><th>design</th><th>live_pct</th><th>pages</th><th>note</th></tr>
        <tr><td>a&lt;b</td><td style="text-align:right">90.25</td><td style="text-align:right">16</td><td>-</td></tr>
        <tr><td>c</td><td style="text-align:right"></td><td style="text-align:right">1500</td><td>x, y</td></tr>
        </table>""", Tables.html(table));
  }

  @Test
  void saysThatAFileIsMissing() {
    assertThrows(InputException.class, () -> Tables.read(folder.resolve("none.csv")));
  }
}
