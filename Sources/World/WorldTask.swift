/// What an example asks of a model.
public enum WorldTask: String, Sendable, Codable, CaseIterable {
    /// A caption, no reference.
    case textToImage = "text"
    /// One toy that has to look like its reference.
    case oneSubject = "one-subject"
    /// Two toys; the caption says which reference stands on which side.
    case twoSubjects = "two-subjects"
    case threeSubjects = "three-subjects"
    /// A toy drawn in the manner of a second reference.
    case style
    /// A person known from a reference of the face.
    case face
    /// A doll that wears the referenced garment.
    case garment
    /// A caption, drawn in the manner of the only reference.
    case styleOnly = "style-only"
}

extension WorldTask {
    /// Subjects in a scene of the task; that of captions alone varies.
    var subjectCount: Int {
        switch self {
        case .twoSubjects: 2
        case .threeSubjects: 3
        case .textToImage, .oneSubject, .style, .face, .garment, .styleOnly: 1
        }
    }

    /// References of every example of the task.
    var referenceCount: Int {
        switch self {
        case .textToImage: 0
        case .oneSubject, .face, .garment, .styleOnly: 1
        case .twoSubjects, .style: 2
        case .threeSubjects: 3
        }
    }
}
