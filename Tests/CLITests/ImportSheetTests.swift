import HooklinePrimitives
import Testing

@testable import HooklineCLI

@Suite struct ImportSheetTests {
    private func sheet(_ text: String, _ columns: ImportColumns = ImportColumns()) throws -> ImportSheet {
        var reader = CSVReader()
        var sheet = ImportSheet(columns)
        try reader.read(text.utf8) { try sheet.add($0) }
        try reader.finish { try sheet.add($0) }
        try sheet.checkNotEmpty()
        return sheet
    }

    private let header = "experiment,variant,trials,successes\n"

    @Test func groupsRecordsThatAreApart() throws {
        let sheet = try sheet(header + "a,control,10,1\nb,control,20,2\na,question,11,3\nb,x,21,4\n")
        #expect(sheet.records == 4)
        #expect(sheet.experiments.map(\.id) == ["a", "b"])
        #expect(sheet.experiments[0].arms.map(\.variant) == ["control", "question"])
        #expect(sheet.experiments[0].arms.map(\.trials) == [10, 11])
        #expect(sheet.experiments[1].arms.map(\.successes) == [2, 4])
    }

    @Test func findsColumnsByTheirTitles() throws {
        let columns = ImportColumns(
            experiment: "test_id",
            variant: "arm",
            trials: "impressions",
            successes: "clicks",
            name: "title",
            variantName: "headline"
        )
        let text = "clicks, impressions ,headline,title,arm,test_id\n1,10,Hook A,My test,a,t\n2.0,12,Hook B,,b,t\n"
        let experiment = try #require(try sheet(text, columns).experiments.first)
        #expect(experiment.name == "My test")
        #expect(experiment.arms.map(\.successes) == [1, 2])
        let json = ImportPlan.json(experiment, metric: "click_rate", control: "a")
        #expect(json["id"] == "t" && json["name"] == "My test" && json["control"] == "a")
        #expect(json["description"] == "a: Hook A\nb: Hook B")
        #expect(json["arms"]?[1] == ["variant": "b", "trials": 12, "successes": 2])
    }

    @Test(arguments: [
        ("", "line 1: the file is empty; it begins with a header"),
        ("experiment,variant,trials,successes\n", "line 2: there is nothing after the header"),
        (
            "id,variant,trials,successes\n",
            "line 1: there is no column 'experiment'; the file has 'id', 'variant', 'trials', 'successes'. "
                + "Say which one it is with --experiment COLUMN"
        ),
        ("experiment,variant,variant,trials,successes\n", "line 1: there are 2 columns 'variant'"),
    ]) func refusesAFile(_ text: String, _ message: String) {
        let error = #expect(throws: CSVError.self) { try sheet(text) }
        #expect(error?.description == message)
    }

    @Test(arguments: [
        ("a,b,1\n", "line 2: has 3 fields; the header has 4"),
        ("a,b,x,1\n", "line 2: column 'trials' is 'x'; accepted is a whole number from 0 on"),
        ("a,b,1.5,1\n", "line 2: column 'trials' is '1.5'; accepted is a whole number from 0 on"),
        ("a,b,10,\n", "line 2: column 'successes' is empty; accepted is a whole number from 0 on"),
        ("a,b,10,-1\n", "line 2: column 'successes' is '-1'; accepted is a whole number from 0 on"),
        ("a,b,10,+1\n", "line 2: column 'successes' is '+1'; accepted is a whole number from 0 on"),
        ("a,b,10,11\n", "line 2: column 'successes' is 11, more than 'trials', 10"),
        (",b,10,1\n", "line 2: column 'experiment' is empty"),
        ("a, ,10,1\n", "line 2: column 'variant' is empty"),
    ]) func namesLineAndColumn(_ record: String, _ message: String) throws {
        #expect(try sheet(header + record).problems.map(\.description) == [message])
    }

    @Test func stopsAfterManyProblems() {
        let text = header + String(repeating: "a,b,x,1\n", count: 50)
        #expect(throws: CSVError(line: 11, problem: "too many problems")) { try sheet(text) }
    }

    @Test func reportsWhatCannotBeSent() throws {
        let plan = ImportPlan(try sheet(header + "one,a,10,1\ntwo,a,10,1\ntwo,b,10,2\nsame,a,1,1\nsame,a,2,1\n"))
        #expect(plan.accepted.map(\.id) == ["two"])
        #expect(plan.refused.map(\.id) == ["one", "same"])
        #expect(plan.refused[0].problem == "has one arm only, 'a': there is nothing to compare it with")
        #expect(plan.refused[1].problem == "the variant 'a' has two records, in the lines 5 and 6")
    }

    @Test func fillsRequests() throws {
        var text = header
        for number in 0..<2500 { text += "e\(number),a,10,1\ne\(number),b,10,2\n" }
        let requests = ImportPlan(try sheet(text)).requests(metric: "click_rate", control: nil)
        #expect(requests.map(\.experiments.count) == [1000, 1000, 500])
        for (experiments, body) in requests {
            let sent = try JSON.parse(body)["experiments"]?.array
            #expect(sent?.map { $0["id"]?.string } == experiments.map(\.id))
        }
    }

    @Test func keepsDescriptionsWithinTheLimit() throws {
        let columns = ImportColumns(variantName: "hook")
        let hook = String(repeating: "é", count: 3000)
        let text = "experiment,variant,trials,successes,hook\na,x,1,1,\(hook)\na,y,1,1,\(hook)\n"
        let json = ImportPlan.json(try sheet(text, columns).experiments[0], metric: "m", control: nil)
        #expect(json["description"]?.string == "x: \(hook)")
    }
}
